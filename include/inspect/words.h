/* SPDX-License-Identifier: MIT
 * What renderers and the inspector share: text of strangers made harmless, numbers for people, lines that are broken. */
#ifndef INSPECT_WORDS_H
#define INSPECT_WORDS_H

#include <inspect/efi_names.h>
#include <inspect/render.h>

constexpr unsigned RENDER_COLUMNS = 100;
constexpr size_t RENDER_SENTENCE = 512; /* room for a sentence of lint or of the memory map */

/* Bytes of the well-formed UTF-8 character at `text` (a NUL ends it); 0 if it is none, or a control character. */
size_t render_utf8_length(const char *text);

/* `length` bytes that somebody else wrote; controls and broken UTF-8 become \xNN. */
void render_plain(const struct text_sink *sink, const char *text, size_t length);

/* The same, broken after spaces and '|' into lines of RENDER_COLUMNS. The first starts at `column`, which is where
 * the cursor is; the others are indented to it. Ends with a newline. */
void render_wrapped(const struct text_sink *sink, unsigned column, const char *text);
/* A line that was begun, and behind it "UC|WC|WT|WB" in this way; where no name would fit, on lines of their own. */
void render_attributes(const struct text_sink *sink, const char *line, uint64_t attributes);

/* 1,234,567 */
struct render_grouped {
    char text[27];
};
struct render_grouped render_grouped(uint64_t number);

/* The bytes of a raw descriptor: UINT64_MAX if they do not fit, 0 if it lacks more than it has. */
uint64_t render_region_bytes(const struct boot_region *region);
/* "1.5 MiB", or "over 2^64" for UINT64_MAX. */
struct size_text render_size(uint64_t bytes);

/* The four characters of a signature, printable. */
struct render_signature {
    char text[5];
};
struct render_signature render_signature(uint32_t signature);

/* "ACPI SRAT", "SMBIOS", ...: enum boot_table_kind and its signature. */
struct render_table_name {
    char text[28];
};
struct render_table_name render_table_name(uint32_t kind, uint32_t signature);

/* "LPDDR5", SMBIOS 3.7, 7.18.2; "type 0x1f". */
struct render_memory_type {
    char text[12];
};
struct render_memory_type render_memory_type(uint8_t type);

#endif
