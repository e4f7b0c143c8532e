/* SPDX-License-Identifier: MIT
 * Writing JSON: what is open, and where the next item goes. `name` is null in an array. */
#ifndef INSPECT_RENDER_JSON_PRIVATE_H
#define INSPECT_RENDER_JSON_PRIVATE_H

#include <base/format.h>

struct json {
    const struct text_sink *sink;
    unsigned depth;
    uint32_t tall; /* bit d: each item of the container at depth d has a line of its own */
    bool empty;    /* the innermost container has no item yet */
};

void json_open(struct json *json, const char *name, char bracket, bool tall);
void json_close(struct json *json, char bracket);

void json_string(struct json *json, const char *name, const char *text);
void json_word(struct json *json, const char *name, const char *word); /* null, true, false */
void json_bool(struct json *json, const char *name, bool value);
/* "0x1f000" */
void json_hex(struct json *json, const char *name, uint64_t value);
/* A number while a double holds it; else as json_hex. */
void json_number(struct json *json, const char *name, uint64_t value);
/* A number, or null if it is not known. */
void json_known(struct json *json, const char *name, bool known, uint64_t value);

#endif
