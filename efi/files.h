/* SPDX-License-Identifier: MIT
 * Files of a volume, through EFI_FILE_PROTOCOL (UEFI 2.10, 13.5). Names are ASCII. Every function says the status of
 * the first call that failed, and leaves that call's name in `call`. */
#ifndef EFI_FILES_H
#define EFI_FILES_H

#include "firmware.h"

#include <stddef.h>

struct files {
    struct firmware *firmware;
    const char *call; /* which failed last: "Open"; null: none yet */
};

/* An entry of a folder. */
struct file_entry {
    char name[16]; /* "" if it is longer, or not ASCII */
};

/* What a volume says of itself. */
struct volume_room {
    uint64_t free; /* bytes */
    uint64_t unit; /* bytes: files take whole ones; never 0 */
    bool is_write_protected;
};

/* The top folder of the volume of `device`. EFI_UNSUPPORTED: it has no file system that the firmware knows. */
[[nodiscard]] EFI_STATUS files_open_volume(struct files *files, EFI_HANDLE device,
                                           EFI_FILE_HANDLE *out);
[[nodiscard]] EFI_STATUS files_open(struct files *files, EFI_FILE_HANDLE folder, const char *name,
                                    EFI_FILE_HANDLE *out);
/* Open what is there, to write into it; *is_folder: it is one. */
[[nodiscard]] EFI_STATUS files_open_folder(struct files *files, EFI_FILE_HANDLE parent,
                                           const char *name, EFI_FILE_HANDLE *out, bool *is_folder);
/* Make a folder that is not there. After an error an entry of that name may be there, damaged: firmware was seen to
 * leave one where the volume was full, and it must not be touched. */
[[nodiscard]] EFI_STATUS files_make_folder(struct files *files, EFI_FILE_HANDLE parent,
                                           const char *name, EFI_FILE_HANDLE *out);
/* Of the volume that the top folder belongs to. */
[[nodiscard]] EFI_STATUS files_room(struct files *files, EFI_FILE_HANDLE root,
                                    struct volume_room *out);
/* Null is allowed. */
void files_close(struct files *files, EFI_FILE_HANDLE file);

/* The next entry of a folder; *end: there is none, and *out is untouched. */
[[nodiscard]] EFI_STATUS files_next_entry(struct files *files, EFI_FILE_HANDLE folder,
                                          struct file_entry *out, bool *end);

/* Read exactly `size` bytes; fewer are EFI_END_OF_FILE. */
[[nodiscard]] EFI_STATUS files_read(struct files *files, EFI_FILE_HANDLE file, void *to,
                                    size_t size);
/* A file with these bytes and no others: one Write, Flush, Close; then it is opened again, read into `scratch` (room
 * for size + 1) and compared. After an error it may be there in part. */
[[nodiscard]] EFI_STATUS files_write(struct files *files, EFI_FILE_HANDLE folder, const char *name,
                                     void *data, size_t size, void *scratch);
/* Remove a file. True also if there is none. */
[[nodiscard]] bool files_remove(struct files *files, EFI_FILE_HANDLE folder, const char *name);
/* Remove an open file or empty folder, and close it. */
[[nodiscard]] bool files_delete(struct files *files, EFI_FILE_HANDLE file);

/* "the stick is full"; null: there are no words for it but its name. */
const char *files_status_words(EFI_STATUS status);

#endif
