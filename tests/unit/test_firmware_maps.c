/* SPDX-License-Identifier: MIT
 * The maps of real machines: each text is read, its map is built, checked, and compared with
 * tests/firmware_maps/expected.tsv, which was computed without our C code (tools/import_firmware_map). Each is
 * inspected as well: the checks of lint and ledger hold, every sentence is whole, JSON closes. Runs in the project's
 * root. */
#include "harness/harness.h"
#include "model/map_corpus.h"
#include "model/map_fixture.h"

#include <dirent.h>
#include <inspect/render.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

constexpr size_t MACHINES = 354;

static void digest_word(uint64_t *digest, uint64_t word)
{
    for (unsigned byte = 0; byte < 8; byte++)
        *digest = (*digest ^ (word >> 8 * byte & 0xFF)) * 0x100000001B3;
}

/* The line of expected.tsv for a map. */
static void summarize(const char *name, size_t count, const struct memory_map *map, char *line,
                      size_t size)
{
    uint64_t digest = 0xCBF29CE484222325; /* FNV-1a */
    for (size_t i = 0; i < map->range_count; i++) {
        digest_word(&digest, map->ranges[i].start.value);
        digest_word(&digest, map->ranges[i].end.value);
        digest_word(&digest, map->ranges[i].class);
        digest_word(&digest, map->ranges[i].attributes);
    }
    int used = snprintf(line, size, "%s\t%zu\t%zu\t%zu\t%016" PRIx64, name, count, map->range_count,
                        map->change_count, digest);
    const char *separator = "\t";
    for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++) {
        if (map->bytes[class] == 0)
            continue;
        used += snprintf(line + used, size - (size_t)used, "%s%s=0x%" PRIx64, separator,
                         memory_class_name(class), map->bytes[class]);
        separator = " ";
    }
}

static void test_machines(void **state)
{
    (void)state;
    struct random random = random_start("machines", 23);
    FILE *expected = map_corpus_open(MAPS_DIRECTORY "expected.tsv");
    char wanted[1024], found[1024], name[256];
    size_t machines = 0;
    while (fgets(wanted, sizeof wanted, expected) != nullptr) {
        if (wanted[0] == '#')
            continue;
        wanted[strcspn(wanted, "\n")] = '\0';
        assert_int_equal(sscanf(wanted, "%255s", name), 1);
        struct boot_region regions[MAP_CORPUS_REGIONS];
        const size_t count = map_corpus_read(name, regions);
        struct built_map built = built_map_for(regions, count, PHYS_BITS_MAX);
        summarize(name, count, &built.map, found, sizeof found);
        assert_string_equal(found, wanted);
        assert_orders_and_idempotence(&random, &built.map, regions, count, PHYS_BITS_MAX);
        built_map_free(&built);
        machines++;
    }
    fclose(expected);
    assert_int_equal(machines, MACHINES);
}

static void test_no_machine_is_forgotten(void **state)
{
    (void)state;
    size_t files = 0;
    const char *const directories[] = {MAPS_DIRECTORY "efi", MAPS_DIRECTORY "e820"};
    for (size_t i = 0; i < 2; i++) {
        DIR *directory = opendir(directories[i]);
        if (directory == nullptr)
            abort();
        for (const struct dirent *entry; (entry = readdir(directory)) != nullptr;)
            files += entry->d_name[0] != '.';
        closedir(directory);
    }
    assert_int_equal(files, MACHINES);
}

/* The notes were written by who collected the maps; what a view says of itself must agree with them. */
static void check_note(const char *name, const char *notes, const char *word, bool found)
{
    if ((strstr(notes, word) != nullptr) != found)
        fail_msg("%s: the index %s \"%s\", the view does not", name,
                 found ? "does not say" : "says", word);
}

static void test_notes_of_the_index(void **state)
{
    (void)state;
    FILE *index = map_corpus_open(MAPS_DIRECTORY "INDEX.tsv");
    char line[1024], kind[16], file[128], name[256];
    size_t machines = 0;
    while (fgets(line, sizeof line, index) != nullptr) {
        assert_int_equal(sscanf(line, "%15[^\t]\t%127[^\t]", kind, file), 2);
        if (strcmp(kind, "kind") == 0)
            continue;
        snprintf(name, sizeof name, "%s/%s", kind, file);
        const char *notes = strrchr(line, '\t');
        struct map_corpus_view corpus = map_corpus_view(name);
        const struct view *view = &corpus.view;
        check_note(name, notes, "kexec", !view_knows(view, VIEW_FACT_WHOLE_MAP));
        check_note(name, notes, "SRAT lines", view_knows(view, VIEW_FACT_NODES));
        check_note(name, notes, "MikanOS",
                   !view_knows(view, VIEW_FACT_HIGH_ATTRIBUTES) &&
                       view_knows(view, VIEW_FACT_ATTRIBUTES));
        if (view->form == VIEW_LINUX_E820)
            check_note(name, notes, "UEFI boot", view->uefi_revision != 0);
        assert_int_equal(view->form == VIEW_LINUX_E820, strcmp(kind, "e820") == 0);
        map_corpus_view_free(&corpus);
        machines++;
    }
    fclose(index);
    assert_int_equal(machines, MACHINES);
}

/* ---- what an inspection says of each machine ---- */

/* Outside of strings: brackets pair up, and after the last nothing but a newline comes. */
struct json_shape {
    const char *name;
    size_t depth, values;
    char open[16];
    bool in_string, is_escaped;
};

static void shape_character(struct json_shape *shape, char c)
{
    if ((unsigned char)c < ' ' && c != '\n')
        fail_msg("%s: a control character in JSON", shape->name);
    if (shape->in_string) {
        shape->in_string = shape->is_escaped || c != '"';
        shape->is_escaped = !shape->is_escaped && c == '\\';
        return;
    }
    shape->in_string = c == '"';
    if (c == '{' || c == '[') {
        assert_true(shape->depth < sizeof shape->open);
        shape->open[shape->depth++] = c;
    } else if (c == '}' || c == ']') {
        shape->depth -= shape->depth != 0; /* open[0] is empty if none is open */
        if (shape->open[shape->depth] != (c == '}' ? '{' : '['))
            fail_msg("%s: JSON closes what it did not open", shape->name);
        shape->open[shape->depth] = '\0';
        shape->values += shape->depth == 0;
    }
}

static void shape_write(void *owner, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        shape_character(owner, text[i]);
}

static void check_json(const char *name, const struct inspection *inspection)
{
    struct json_shape shape = {.name = name};
    const struct text_sink sink = {shape_write, &shape};
    const struct render_context context = {.program = "test", .source = name, .time = ""};
    render_json(inspection, &context, &sink);
    if (shape.depth != 0 || shape.in_string || shape.values != 1)
        fail_msg("%s: JSON is not one closed value", name);
}

/* Prints as one line, and nothing was cut: a longer one would fill the buffer. */
static void check_sentences(const char *name, const struct inspection *inspection)
{
    char sentence[512];
    for (uint32_t i = 0; i < inspection->lint->recorded; i++) {
        const struct lint_finding *finding = &inspection->lint->findings[i];
        const int length =
            lint_sentence(finding, inspection->view, inspection->map, sentence, sizeof sentence);
        const size_t printable = strspn(sentence, " !\"#$%&'()*+,-./0123456789:;<=>?@"
                                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                                                  "abcdefghijklmnopqrstuvwxyz|~");
        if (length <= 0 || (size_t)length >= sizeof sentence - 1 || printable != (size_t)length)
            fail_msg("%s, %s: no sentence: \"%s\"", name, lint_rule_get(finding->rule)->id,
                     sentence);
    }
}

static void check_inspection(const char *name, const struct view *view)
{
    constexpr size_t FINDINGS = 512;
    struct lint_finding findings[FINDINGS];
    const size_t size = inspection_memory_size(view);
    void *memory = aligned_alloc(16, size);
    struct inspection_result result;
    assert_status(inspection_run(view, memory, size, findings, FINDINGS, &result), STATUS_OK);
    const struct inspection inspection = inspection_of(view, &result);
    const char *const broken[] = {memory_map_check(&result.map), lint_check(&result.lint, view),
                                  ledger_check(&result.ledger)};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        if (broken[i] != nullptr)
            fail_msg("%s: %s", name, broken[i]);
    assert_int_equal(result.lint.recorded, result.lint.needed);
    check_sentences(name, &inspection);
    check_json(name, &inspection);
    free(memory);
}

static void test_inspections(void **state)
{
    (void)state;
    FILE *expected = map_corpus_open(MAPS_DIRECTORY "expected.tsv");
    char line[1024], name[256];
    size_t machines = 0;
    while (fgets(line, sizeof line, expected) != nullptr) {
        if (line[0] == '#')
            continue;
        assert_int_equal(sscanf(line, "%255s", name), 1);
        struct map_corpus_view corpus = map_corpus_view(name);
        check_inspection(name, &corpus.view);
        map_corpus_view_free(&corpus);
        machines++;
    }
    fclose(expected);
    assert_int_equal(machines, MACHINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machines),
        cmocka_unit_test(test_no_machine_is_forgotten),
        cmocka_unit_test(test_notes_of_the_index),
        cmocka_unit_test(test_inspections),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
