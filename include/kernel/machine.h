/* SPDX-License-Identifier: MIT
 * This machine as inspect/ sees one: a view of what the firmware said, and the ledger of what the kernel made of it. */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include <inspect/ledger.h>
#include <inspect/view.h>

/* The maps that the loader handed over. X(name, word) */
#define MACHINE_SNAPSHOT_LIST(X)                                                                   \
    X(ENTRY, "entry")                                                                              \
    X(BEFORE_EXIT, "before")                                                                       \
    X(FINAL, "final")

enum machine_snapshot : uint32_t {
#define MACHINE_SNAPSHOT_ENUM(name, word) MACHINE_##name,
    MACHINE_SNAPSHOT_LIST(MACHINE_SNAPSHOT_ENUM)
#undef MACHINE_SNAPSHOT_ENUM
        MACHINE_SNAPSHOT_COUNT
};
const char *machine_snapshot_word(enum machine_snapshot snapshot);

struct machine_view {
    struct view view;
    void *memory; /* what the view points to, on the heap */
};
/* The view of a snapshot, with all that the firmware's tables add to it. NO_MEMORY; NOT_FOUND: whoever loaded the
 * kernel did not hand that map over. */
status_t machine_view_open(enum machine_snapshot snapshot, struct machine_view *out);
void machine_view_close(struct machine_view *machine);

/* What the kernel got of the memory that the final map describes, and who holds it now. */
struct ledger_use machine_memory_use(void);

#endif
