/* SPDX-License-Identifier: MIT
 * A page table beside a flat model of what it should say: a sorted list of runs of pages, merged where
 * they can be, so that equal translations give equal lists whatever leaves they are made of.
 * With it: table memory that can run out and poisons what it gets back, and a TLB that remembers
 * translations and tables until it is told to forget them, as a processor may. */
#ifndef TESTS_MODEL_PAGE_MODEL_H
#define TESTS_MODEL_PAGE_MODEL_H

#include "harness/harness.h"

#include <arch/page_format.h>

constexpr unsigned MODEL_RUNS_MAX = 4096;
constexpr unsigned MODEL_TABLES_MAX = 4096;
constexpr unsigned MODEL_TLB_MAX = 64;
constexpr uint64_t MODEL_NO_LIMIT = UINT64_MAX;

struct page_run {
    uint64_t first, last; /* bytes, last included */
    uint64_t phys;
    uint32_t rights; /* effective */
    enum memory_type type;
};

/* A translation, or a table, that the processor may still use without looking. */
struct cached_leaf {
    bool valid;
    uint64_t first, last, phys;
    uint32_t rights;
    enum memory_type type;
};
struct cached_table {
    bool valid;
    unsigned level; /* of the entry that names the table */
    uint64_t first, last;
    uint64_t table;
    bool user;
};

struct page_model {
    struct page_table pt;
    struct fake_ram ram;
    uint64_t budget;        /* how many tables may still be taken */
    bool refused;           /* a table was asked for and not given */
    uint64_t tables_in_use; /* the root included */
    bool in_use[MODEL_TABLES_MAX];
    unsigned next_table;
    unsigned run_count;
    struct page_run runs[MODEL_RUNS_MAX];
    struct cached_leaf leaves[MODEL_TLB_MAX];
    struct cached_table tables[MODEL_TLB_MAX];
    unsigned next_leaf, next_cached_table;
    const char *broken; /* the first rule that a callback saw broken */
};

enum page_op_kind : uint8_t { PAGE_OP_MAP, PAGE_OP_UNMAP, PAGE_OP_PROTECT, PAGE_OP_JOIN };
struct page_op {
    enum page_op_kind kind;
    uint64_t start, phys, size;
    uint32_t rights;
    enum memory_type type;
};

struct page_shape {
    unsigned levels, phys_bits;
    bool no_execute, gib_leaves;
};

/* On the heap: the model is large. */
struct page_model *page_model_create(struct page_shape shape);
/* Null, or what is wrong: every table must have come back. */
const char *page_model_destroy(struct page_model *m);
/* The same without the memory: `m` comes from page_model_create and is closed; for many in a row. */
void page_model_open(struct page_model *m, struct page_shape shape);
const char *page_model_close(struct page_model *m);

/* Do it to both. Null if the status is one that the contract asks for, and the TLB keeps nothing stale. */
const char *page_model_apply(struct page_model *m, const struct page_op *op, status_t *status_out);
/* Let the processor walk to `address`, and remember the way, also if it leads to nothing. */
void page_model_touch(struct page_model *m, uint64_t address);
/* Null if query and the independent walker agree with the model about `address`. */
const char *page_model_compare_at(const struct page_model *m, uint64_t address);
/* Null if all translations and the number of tables agree, and page_table_check is content. */
const char *page_model_compare_all(const struct page_model *m);

/* An operation from any 16 bytes: near borders of tables, of the canonical halves and of what is mapped. */
struct page_op page_op_decode(const struct page_model *m, const uint8_t bytes[16]);

#endif
