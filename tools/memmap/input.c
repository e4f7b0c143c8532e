/* SPDX-License-Identifier: MIT
 * Input: bytes from anywhere, and which reader they belong to. */
#include "memmap.h"

#include <inspect/acpi_text.h>
#include <inspect/view_text.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

constexpr size_t FIRST_READ = 64 * KIB;

/* ---- bytes ---- */

static bool read_stream(FILE *stream, struct input *input)
{
    size_t room = 0;
    for (;;) {
        if (input->size == room) {
            room = room == 0 ? FIRST_READ : room * 2;
            unsigned char *larger = room > input->size ? realloc(input->data, room) : nullptr;
            if (larger == nullptr)
                return REFUSE("%s: no memory for %zu bytes", input->name, room);
            input->data = larger;
        }
        input->size += fread(input->data + input->size, 1, room - input->size, stream);
        if (ferror(stream))
            return REFUSE("%s: %s", input->name, strerror(errno));
        if (feof(stream))
            return true;
    }
}

static bool read_file(const char *path, struct input *input)
{
    FILE *stream = fopen(path, "rb");
    if (stream == nullptr)
        return REFUSE("%s: %s", path, strerror(errno));
    const bool done = read_stream(stream, input);
    fclose(stream);
    return done;
}

/* ---- forms ---- */

static bool allocate_memory(struct input *input, size_t size)
{
    if (size == 0)
        return REFUSE("%s: it is too large", input->name);
    input->memory = aligned_alloc(16, size);
    return input->memory != nullptr || REFUSE("%s: no memory for %zu bytes", input->name, size);
}

static bool read_dump(struct input *input)
{
    const size_t size = dump_memory_size(input->data, input->size);
    const char *reason = "it is damaged";
    if (size != 0 && !allocate_memory(input, size))
        return false;
    struct view view;
    struct dump_snapshot snapshots[DUMP_SNAPSHOT_COUNT];
    if (dump_read(input->data, input->size, input->memory, size, &view, snapshots, &reason) !=
        STATUS_OK)
        return REFUSE("%s: raw dump: %s", input->name, reason);
    input->view = view;
    input->is_dump = true;
    return true;
}

static bool read_acpi_file(struct input *input)
{
    const size_t size = acpi_file_memory_size(input->data, input->size);
    if (!allocate_memory(input, size))
        return false;
    const status_t status =
        acpi_file_read(input->data, input->size, input->memory, size, &input->view);
    return status == STATUS_OK || REFUSE("%s: ACPI table: %s", input->name, status_text(status));
}

static bool read_text(struct input *input)
{
    const char *text = (const char *)input->data;
    const bool is_acpi = acpi_text_is(text, input->size);
    const size_t size = is_acpi ? acpi_text_memory_size(text, input->size)
                                : view_text_memory_size(text, input->size);
    if (!allocate_memory(input, size))
        return false;
    struct view_text_error error = {.reason = "it cannot be read"};
    const status_t status =
        is_acpi ? acpi_text_read(text, input->size, input->memory, size, &input->view, &error)
                : view_read_text(text, input->size, input->memory, size, &input->view, &error);
    if (status == STATUS_OK)
        return true;
    if (error.line == 0)
        return REFUSE("%s: %s", input->name, error.reason);
    return REFUSE("%s: line %u: %s", input->name, error.line, error.reason);
}

static bool read_form(struct input *input)
{
    if (input->size == 0)
        return REFUSE("%s: it is empty", input->name);
    if (dump_is(input->data, input->size))
        return read_dump(input);
    if (acpi_file_is(input->data, input->size))
        return read_acpi_file(input);
    return read_text(input);
}

bool input_read(const char *path, struct input *out)
{
    struct stat state;
    const bool is_standard = strcmp(path, "-") == 0;
    struct input input = {.name = is_standard ? "standard input" : path};
    bool done;
    if (!is_standard && stat(path, &state) == 0 && S_ISDIR(state.st_mode))
        done = input_read_folder(path, &input);
    else
        done = (is_standard ? read_stream(stdin, &input) : read_file(path, &input)) &&
               read_form(&input);
    if (done)
        *out = input;
    else
        input_free(&input);
    return done;
}

void input_free(struct input *input)
{
    free(input->memory);
    free(input->data);
}
