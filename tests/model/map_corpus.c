/* SPDX-License-Identifier: MIT */
#include "model/map_corpus.h"

#include "harness/harness.h"

#include <inspect/view_text.h>
#include <stdlib.h>
#include <string.h>

FILE *map_corpus_open(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == nullptr) {
        fprintf(stderr, "%s: cannot be opened; run this in the project's root\n", path);
        abort();
    }
    return file;
}

/* No file is near that size. */
constexpr size_t FILE_MAX = 1 << 20;

char *map_corpus_load(const char *path, size_t *size)
{
    FILE *file = map_corpus_open(path);
    char *text = malloc(FILE_MAX);
    if (text == nullptr)
        abort();
    *size = fread(text, 1, FILE_MAX, file);
    assert_true(*size < FILE_MAX);
    fclose(file);
    text[*size] = '\0';
    return text;
}

struct map_corpus_view map_corpus_view(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, MAPS_DIRECTORY "%s", name);
    size_t size;
    char *text = map_corpus_load(path, &size);
    const size_t memory_size = view_text_memory_size(text, size);
    struct map_corpus_view corpus = {.memory = malloc(memory_size)};
    struct view_text_error error = {};
    if (view_read_text(text, size, corpus.memory, memory_size, &corpus.view, &error) != STATUS_OK)
        fail_msg("%s: line %u: %s", name, error.line, error.reason);
    free(text);
    return corpus;
}

void map_corpus_view_free(struct map_corpus_view *corpus)
{
    free(corpus->memory);
    *corpus = (struct map_corpus_view){};
}

size_t map_corpus_read(const char *name, struct boot_region regions[MAP_CORPUS_REGIONS])
{
    struct map_corpus_view corpus = map_corpus_view(name);
    const size_t count = corpus.view.region_count;
    assert_true(count <= MAP_CORPUS_REGIONS);
    memcpy(regions, corpus.view.regions, count * sizeof *regions);
    map_corpus_view_free(&corpus);
    return count;
}
