/* SPDX-License-Identifier: MIT
 * A volume in memory behind EFI_FILE_PROTOCOL, and the boot services that a report needs: every call is counted, and
 * one of them, or all from one on, can fail. What is open or allocated is counted too. */
#ifndef TESTS_FAKE_VOLUME_H
#define TESTS_FAKE_VOLUME_H

#include <efi.h>
#include <stddef.h>
#include <stdint.h>

constexpr size_t FAKE_NODES_MAX = 64, FAKE_OPEN_MAX = 16, FAKE_CALLS_MAX = 512, FAKE_UNIT = 4096;

struct fake_node {
    char path[64]; /* "freehold\\reports"; "": nothing is here */
    bool is_folder;
    bool is_damaged; /* an entry without a place: what opens it, or removes it, ends the test */
    unsigned char *data;
    size_t size;
};

struct fake_volume {
    struct fake_node nodes[FAKE_NODES_MAX];
    size_t
        capacity; /* bytes: each folder and each file takes whole units; more is EFI_VOLUME_FULL */
    size_t boast; /* so many more are free, it says */
    bool write_protected;
    bool says_protected;  /* in its info too */
    bool endless;         /* the listing of a folder never ends */
    bool hides;           /* it is empty */
    unsigned short_write; /* the Write, from 1, that writes half, and says so without an error */
    unsigned bad_write;   /* the one that changes a byte */
    unsigned writes;      /* so far */
    bool no_memory;
    int pages_max; /* that can be allocated at a time; 0: no bound */

    unsigned fail_at, fail_from; /* the call that fails, from 1; all from that one on; 0: none */
    EFI_STATUS error;            /* how */

    unsigned calls;
    const char *names[FAKE_CALLS_MAX]; /* of the calls */
    int open_handles, open_pages;
};

extern struct fake_volume fake;

/* Empty, and sound. */
void fake_reset(void);
/* Bytes that are taken. */
size_t fake_used(void);
/* The node of a path, or null. */
struct fake_node *fake_find(const char *path);
/* Make a file, or a folder where `data` is null. */
void fake_add(const char *path, const void *data, size_t size);

extern EFI_BOOT_SERVICES fake_boot;
extern EFI_RUNTIME_SERVICES fake_runtime;
extern EFI_TIME fake_time;

#endif
