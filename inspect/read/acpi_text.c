/* SPDX-License-Identifier: MIT
 * ACPI tables that stand alone in a file, as text.
 *
 * Problem: people post a disassembly, often edited by hand, or what sysfs showed of the nodes; both are text, and any
 *          text may come.
 * Shape:   a disassembly is read line by line: what is behind the colon fills the next bytes of the table (numbers
 *          are little-endian, strings are as they are), whatever offset the line claims. Length and checksum are
 *          then made right, as the compiler would make them, and a note tells if they were not. The bytes go
 *          where the bytes of a table go.
 *          Of nodes only sizes are there: they become nodes without an address, and the view does not claim to know
 *          them; the distances are checked as those of a SLIT are.
 *
 * AT1  nothing is written behind the memory that acpi_text_memory_size asked for: a byte of the table needs at least
 *     one character of text, a node or a distance at least two
 *
 * Cost:    linear in the text.
 * Not here: finding the form among others (view_text.c asks acpi_text_is); bytes (acpi_file.c). */
#include <inspect/acpi_text.h>

#include <inspect/acpi_memory.h>
#include <inspect/fields.h>

#include <stdckdint.h>

constexpr size_t HEADER_SIZE = 36, HEADER_LENGTH = 4, HEADER_CHECKSUM = 9; /* ACPI 6.5, 5.2.6 */
constexpr size_t WIDTH_LIMIT = 1000; /* no field is that wide */
constexpr size_t ALIGNMENT = 16;
constexpr size_t NOTES_MAX = 8; /* more than are written below */

/* ---- lines ---- */

struct text {
    const char *at, *end;
    uint32_t line; /* that was read last, from 1 */
};

struct part {
    const char *at, *end;
};

static bool part_is_empty(struct part part)
{
    return part.at == part.end;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct part part_trim(struct part part)
{
    while (part.at < part.end && is_space(*part.at))
        part.at++;
    while (part.at < part.end && is_space(part.end[-1]))
        part.end--;
    return part;
}

/* The next line, trimmed. */
static bool text_next(struct text *text, struct part *out)
{
    if (text->at == text->end)
        return false;
    struct part line = {text->at, text->at};
    while (line.end < text->end && *line.end != '\n')
        line.end++;
    text->at = line.end < text->end ? line.end + 1 : line.end;
    text->line++;
    *out = part_trim(line);
    return true;
}

/* What is before `separator`; *rest is what is behind it, empty if there is none. */
static struct part part_split(struct part part, char separator, struct part *rest)
{
    struct part first = {part.at, part.at};
    while (first.end < part.end && *first.end != separator)
        first.end++;
    *rest = (struct part){first.end < part.end ? first.end + 1 : part.end, part.end};
    return part_trim(first);
}

static bool part_starts(struct part part, const char *word)
{
    const size_t length = strlen(word);
    return (size_t)(part.end - part.at) >= length && memcmp(part.at, word, length) == 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static status_t fail(struct view_text_error *error, uint32_t line, const char *reason)
{
    *error = (struct view_text_error){line, reason};
    return STATUS_BAD_FORMAT;
}

/* ---- a disassembled table ---- */

struct table_bytes {
    unsigned char *bytes;
    size_t used;
};

/* "0A" or "00000003": an even number of digits, little-endian. False: something else. */
static bool take_hex(struct table_bytes *table, struct part word)
{
    const size_t digits = (size_t)(word.end - word.at);
    if (digits == 0 || digits % 2 != 0 || digits > 2 * sizeof(uint64_t))
        return false;
    for (const char *c = word.at; c < word.end; c++)
        if (hex_digit(*c) < 0)
            return false;
    for (const char *c = word.end; c > word.at; c -= 2)
        table->bytes[table->used++] = (unsigned char)(hex_digit(c[-2]) << 4 | hex_digit(c[-1]));
    return true;
}

/* What is behind the colon. Words behind the first that is no number are comments; the bits of a field that is
 * decoded have one digit each. */
static bool take_value(struct table_bytes *table, struct part value)
{
    value = part_trim(value);
    if (part_starts(value, "\"")) {
        const char *c = value.at + 1;
        while (c < value.end && *c != '"')
            c++;
        if (c == value.end)
            return false;
        memcpy(table->bytes + table->used, value.at + 1, (size_t)(c - value.at - 1));
        table->used += (size_t)(c - value.at - 1);
        return true;
    }
    struct part rest = value;
    while (!part_is_empty(rest))
        if (!take_hex(table, part_split(rest, ' ', &rest)))
            break;
    return true;
}

/* "[02Ah 0042   4]   Name" -> the number of bytes that the field has; 0: not told. */
static size_t field_width(struct part name)
{
    size_t width = 0;
    if (!part_starts(name, "["))
        return 0;
    const char *c = name.at;
    while (c < name.end && *c != ']')
        c++;
    const char *first = c;
    while (first > name.at && first[-1] >= '0' && first[-1] <= '9')
        first--;
    for (; first < c && width < WIDTH_LIMIT; first++)
        width = width * 10 + (size_t)(*first - '0');
    return width;
}

static status_t read_disassembly(struct text text, struct table_bytes *table,
                                 struct view_text_error *error)
{
    struct part line;
    bool is_comment = false;
    while (text_next(&text, &line)) {
        if (part_starts(line, "/*"))
            is_comment = true;
        if (is_comment) {
            is_comment = line.end - line.at < 2 || line.end[-2] != '*' || line.end[-1] != '/';
            continue;
        }
        if (part_starts(line, "Raw Table Data")) /* the same bytes again */
            break;
        struct part value;
        const struct part name = part_split(line, ':', &value);
        const size_t width = field_width(name), before = table->used;
        if (!take_value(table, value))
            return fail(error, text.line, "a string has no end");
        if (width != 0 && table->used - before != width)
            return fail(error, text.line, "a value does not fill its field");
    }
    return table->used >= HEADER_SIZE ? STATUS_OK : fail(error, 0, "the table has no whole header");
}

static status_t read_table_text(struct text text, unsigned char *memory, size_t memory_size,
                                size_t text_size, struct view *out, struct view_text_error *error)
{
    struct table_bytes table = {memory, 0};
    status_t status = read_disassembly(text, &table, error);
    if (status != STATUS_OK)
        return status;
    if (!acpi_file_is(table.bytes, table.used))
        return fail(error, 0, "these are not the bytes of a table");
    const uint32_t length = (uint32_t)table.used;
    const bool was_right =
        field32(table.bytes, HEADER_LENGTH) == length && sums_to_zero(table.bytes, length);
    memcpy(table.bytes + HEADER_LENGTH, &length, sizeof length);
    uint8_t sum = 0;
    for (uint32_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + table.bytes[i]);
    table.bytes[HEADER_CHECKSUM] = (uint8_t)(table.bytes[HEADER_CHECKSUM] - sum);

    /* The bytes come first in memory, then a place for the note, then what the table says. */
    const size_t bytes_size = align_up(text_size, ALIGNMENT);
    const size_t notes_size = NOTES_MAX * sizeof(struct view_problem);
    struct view view;
    status = acpi_file_read(table.bytes, length, memory + bytes_size + notes_size,
                            memory_size - bytes_size - notes_size, &view);
    if (status == STATUS_OK && !was_right && view.problem_count < NOTES_MAX) {
        struct view_problem *problems = (void *)(memory + bytes_size);
        memcpy(problems, view.problems, view.problem_count * sizeof problems[0]);
        problems[view.problem_count++] = (struct view_problem){
            .kind = BOOT_TABLE_ACPI,
            .signature = field32(table.bytes, 0),
            .status = STATUS_OK,
            .sentence = "its length or its checksum was not that of its bytes; it was edited"};
        view.problems = problems;
    }
    if (status == STATUS_OK)
        *out = view;
    return status;
}

/* ---- nodes, as Linux tells them ---- */

struct numa {
    struct acpi_node_memory *nodes;
    uint8_t *distances;
    struct view_problem *problems;
    size_t rows, node_count, distance_count, problem_count;
};

static void numa_place(void *owner, struct view_place place)
{
    (void)owner;
    (void)place;
}

static void numa_note(void *owner, status_t status, const char *sentence)
{
    struct numa *numa = owner;
    numa->problems[numa->problem_count++] =
        (struct view_problem){.kind = BOOT_TABLE_ACPI,
                              .signature = acpi_signature("SLIT"),
                              .status = status,
                              .sentence = sentence};
}

/* node8 | 133952000 kB | cpumap | 40 10 80 */
static const char *read_node(struct part line, struct numa *numa)
{
    struct part size, rest, distances;
    struct part name = part_split(line, '|', &rest);
    size = part_split(rest, '|', &rest);
    (void)part_split(rest, '|', &distances);
    uint64_t node, kib, bytes, distance;
    if (!part_starts(name, "node") ||
        !parse_number(name.at + 4, (size_t)(name.end - name.at) - 4, &node) || node > UINT32_MAX)
        return "a line does not begin with the number of a node";
    struct part unit;
    const struct part number = part_split(size, ' ', &unit);
    if (!parse_number(number.at, (size_t)(number.end - number.at), &kib) ||
        !part_starts(part_trim(unit), "kB") || ckd_mul(&bytes, kib, KIB))
        return "the size of a node is not a number of kB";
    for (distances = part_trim(distances); !part_is_empty(distances);
         distances = part_trim(distances)) {
        const struct part word = part_split(distances, ' ', &distances);
        if (!parse_number(word.at, (size_t)(word.end - word.at), &distance) || distance > UINT8_MAX)
            return "a distance is not a number below 256";
        numa->distances[numa->distance_count++] = (uint8_t)distance;
    }
    numa->rows++;
    if (bytes != 0)
        numa->nodes[numa->node_count++] =
            (struct acpi_node_memory){.size = bytes, .node = (uint32_t)node};
    return nullptr;
}

static status_t read_numa(struct text text, unsigned char *memory, size_t text_size,
                          struct view *out, struct view_text_error *error)
{
    /* AT1: a line with a node has more than 8 characters. */
    const size_t problems_size = NOTES_MAX * sizeof(struct view_problem);
    const size_t nodes_size = text_size / 8 * sizeof(struct acpi_node_memory);
    struct numa numa = {.problems = (void *)memory,
                        .nodes = (void *)(memory + problems_size),
                        .distances = memory + problems_size + nodes_size};
    struct part line;
    while (text_next(&text, &line)) {
        if (part_is_empty(line) || part_starts(line, "#"))
            continue;
        const char *wrong = read_node(line, &numa);
        if (wrong != nullptr)
            return fail(error, text.line, wrong);
    }
    const struct table_sink sink = {numa_place, numa_note, &numa};
    size_t square;
    if (!ckd_mul(&square, numa.rows, numa.rows) && numa.distance_count == square)
        acpi_distances_check(numa.distances, numa.rows, &sink);
    else
        (void)sink_note(&sink, STATUS_OK, "there are not as many distances as nodes");
    struct view view = view_empty(VIEW_ACPI_TABLE);
    view.nodes = numa.nodes;
    view.node_count = (uint32_t)numa.node_count;
    view.problems = numa.problems;
    view.problem_count = (uint32_t)numa.problem_count;
    *out = view;
    return STATUS_OK;
}

/* ---- which of them ---- */

enum form { FORM_NONE, FORM_TABLE, FORM_NUMA };

static enum form form_of(const char *bytes, size_t size)
{
    struct text text = {bytes, bytes + size, 0};
    struct part line = {bytes, bytes}, value;
    bool is_comment = false;
    while (text_next(&text, &line)) {
        if (part_starts(line, "/*"))
            is_comment = true;
        if (is_comment)
            is_comment = line.end - line.at < 2 || line.end[-2] != '*' || line.end[-1] != '/';
        else if (!part_is_empty(line) && !part_starts(line, "#"))
            break;
        line = (struct part){text.at, text.at};
    }
    const struct part name = part_split(line, ':', &value);
    constexpr size_t SIGNATURE_LENGTH = 9;
    if ((size_t)(name.end - name.at) >= SIGNATURE_LENGTH &&
        memcmp(name.end - SIGNATURE_LENGTH, "Signature", SIGNATURE_LENGTH) == 0 &&
        part_starts(part_trim(value), "\""))
        return FORM_TABLE;
    (void)part_split(line, '|', &value);
    return part_starts(line, "node") && !part_is_empty(value) ? FORM_NUMA : FORM_NONE;
}

bool acpi_text_is(const char *text, size_t size)
{
    return form_of(text, size) != FORM_NONE;
}

size_t acpi_text_memory_size(const char *text, size_t size)
{
    /* As many bytes as there are characters, of the two tables that need most for their size. */
    const struct view_table tables[] = {
        {.kind = BOOT_TABLE_ACPI, .signature = acpi_signature("RSDT"), .data = text, .size = size},
        {.kind = BOOT_TABLE_ACPI, .signature = acpi_signature("SRAT"), .data = text, .size = size}};
    const size_t tables_size = view_tables_memory_size(tables, 2);
    size_t sum;
    if (tables_size == 0 || ckd_mul(&sum, size, 1 + sizeof(struct acpi_node_memory)) ||
        ckd_add(&sum, sum, tables_size) ||
        ckd_add(&sum, sum, NOTES_MAX * sizeof(struct view_problem) + 2 * ALIGNMENT))
        return 0;
    return align_down(sum, ALIGNMENT);
}

status_t acpi_text_read(const char *text, size_t size, void *memory, size_t memory_size,
                        struct view *out, struct view_text_error *error)
{
    const struct text lines = {text, text + size, 0};
    const size_t needed = acpi_text_memory_size(text, size);
    const enum form form = form_of(text, size);
    if (form == FORM_NONE)
        return fail(error, 0, "this is neither a disassembled table nor a list of nodes");
    if (needed == 0 || memory_size < needed)
        return STATUS_NO_MEMORY;
    return form == FORM_TABLE ? read_table_text(lines, memory, memory_size, size, out, error)
                              : read_numa(lines, memory, size, out, error);
}
