/* SPDX-License-Identifier: MIT */
#include "model/page_model.h"

#include "model/page_walker.h"

#include <stdlib.h>
#include <string.h>

constexpr uint64_t RAM_BASE = MIB;
constexpr int POISON = 0xff; /* as an entry: present, and every reserved bit set */

/* ---- table memory ---- */

static void break_rule(struct page_model *m, const char *sentence)
{
    if (m->broken == nullptr)
        m->broken = sentence;
}

static status_t take(void *owner, phys_addr_t *out)
{
    struct page_model *m = owner;
    if (m->budget == 0 || m->tables_in_use == MODEL_TABLES_MAX) {
        m->refused = true;
        return STATUS_NO_MEMORY;
    }
    if (m->budget != MODEL_NO_LIMIT)
        m->budget--;
    while (m->in_use[m->next_table])
        m->next_table = (m->next_table + 1) % MODEL_TABLES_MAX;
    m->in_use[m->next_table] = true;
    m->tables_in_use++;
    memset(m->ram.bytes + m->next_table * PAGE_SIZE, 0, PAGE_SIZE);
    *out = phys_addr(RAM_BASE + m->next_table * PAGE_SIZE);
    return STATUS_OK;
}

static void give_back(void *owner, phys_addr_t table)
{
    struct page_model *m = owner;
    uint64_t index = (table.value - RAM_BASE) / PAGE_SIZE;
    if (table.value % PAGE_SIZE != 0 || index >= MODEL_TABLES_MAX || !m->in_use[index]) {
        break_rule(m, "model: a table was given back that was not taken");
        return;
    }
    for (unsigned i = 0; i < MODEL_TLB_MAX; i++) {
        if (m->tables[i].valid && m->tables[i].table == table.value)
            break_rule(m, "model: a table was given back that the processor may still walk");
    }
    m->in_use[index] = false;
    m->tables_in_use--;
    memset(m->ram.bytes + index * PAGE_SIZE, POISON, PAGE_SIZE);
}

/* Narrower than INVLPG, which drops all cached tables: only what translates the address goes. And the
 * processor may walk there again at once, and remember every table that is still on the way. */
static void invalidate_one(struct page_model *m, uint64_t address)
{
    for (unsigned i = 0; i < MODEL_TLB_MAX; i++) {
        if (m->leaves[i].first <= address && address <= m->leaves[i].last)
            m->leaves[i].valid = false;
        if (m->tables[i].first <= address && address <= m->tables[i].last)
            m->tables[i].valid = false;
    }
    page_model_touch(m, address);
}

static void invalidate(void *owner, virt_addr_t start, uint64_t leaf_size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        invalidate_one(owner, start.value + i * leaf_size);
}

void page_model_open(struct page_model *m, struct page_shape shape)
{
    *m = (struct page_model){.ram = m->ram, .budget = MODEL_NO_LIMIT};
    m->pt = (struct page_table){
        .offset = m->ram.offset,
        .levels = shape.levels,
        .phys_bits = shape.phys_bits,
        .no_execute = shape.no_execute,
        .gib_leaves = shape.gib_leaves,
        .memory = {take, give_back, invalidate, m},
    };
    if (page_table_create(&m->pt) != STATUS_OK)
        abort();
}

const char *page_model_close(struct page_model *m)
{
    for (unsigned i = 0; i < MODEL_TLB_MAX; i++)
        m->tables[i].valid = false;
    page_table_destroy(&m->pt);
    if (m->broken == nullptr && m->tables_in_use != 0)
        return "model: destroy did not give every table back";
    return m->broken;
}

struct page_model *page_model_create(struct page_shape shape)
{
    struct page_model *m = calloc(1, sizeof *m);
    if (m == nullptr)
        abort();
    m->ram = fake_ram_create(RAM_BASE, MODEL_TABLES_MAX * PAGE_SIZE);
    page_model_open(m, shape);
    return m;
}

const char *page_model_destroy(struct page_model *m)
{
    const char *broken = page_model_close(m);
    fake_ram_destroy(&m->ram);
    free(m);
    return broken;
}

/* ---- the flat model ---- */

/* The first run that ends at or behind `address`. */
static unsigned find_run(const struct page_model *m, uint64_t address)
{
    unsigned low = 0, high = m->run_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (m->runs[middle].last < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct page_run *run_at(const struct page_model *m, uint64_t address)
{
    unsigned i = find_run(m, address);
    return i < m->run_count && m->runs[i].first <= address ? &m->runs[i] : nullptr;
}

static bool runs_join(const struct page_run *left, const struct page_run *right)
{
    return left->last + 1 == right->first && right->first != 0 &&
           left->phys + (right->first - left->first) == right->phys &&
           left->rights == right->rights && left->type == right->type;
}

static void insert_run(struct page_model *m, unsigned at, struct page_run run)
{
    if (m->run_count == MODEL_RUNS_MAX)
        abort();
    memmove(&m->runs[at + 1], &m->runs[at], (m->run_count - at) * sizeof run);
    m->runs[at] = run;
    m->run_count++;
}

/* Afterwards a run begins at `address`, if anything is mapped there. */
static void cut_runs(struct page_model *m, uint64_t address)
{
    unsigned i = find_run(m, address);
    if (i == m->run_count || m->runs[i].first >= address)
        return;
    struct page_run right = m->runs[i];
    right.phys += address - right.first;
    right.first = address;
    m->runs[i].last = address - 1;
    insert_run(m, i + 1, right);
}

static void join_runs(struct page_model *m)
{
    unsigned kept = 0;
    for (unsigned i = 1; i < m->run_count; i++) {
        if (runs_join(&m->runs[kept], &m->runs[i]))
            m->runs[kept].last = m->runs[i].last;
        else
            m->runs[++kept] = m->runs[i];
    }
    m->run_count = m->run_count == 0 ? 0 : kept + 1;
}

static uint32_t effective_rights(const struct page_model *m, uint32_t rights)
{
    return m->pt.no_execute ? rights : rights | (uint32_t)PAGE_EXECUTE;
}

static void model_do(struct page_model *m, const struct page_op *op)
{
    uint64_t last = op->start + op->size - 1;
    cut_runs(m, op->start);
    if (last != UINT64_MAX)
        cut_runs(m, last + 1);
    unsigned first = find_run(m, op->start), behind = first;
    while (behind < m->run_count && m->runs[behind].last <= last)
        behind++;
    uint32_t rights = effective_rights(m, op->rights);
    if (op->kind == PAGE_OP_MAP)
        insert_run(m, first, (struct page_run){op->start, last, op->phys, rights, op->type});
    if (op->kind == PAGE_OP_PROTECT) {
        for (unsigned i = first; i < behind; i++)
            m->runs[i].rights = rights;
    }
    if (op->kind == PAGE_OP_UNMAP) {
        memmove(&m->runs[first], &m->runs[behind], (m->run_count - behind) * sizeof m->runs[0]);
        m->run_count -= behind - first;
    }
    join_runs(m);
}

static bool all_mapped(const struct page_model *m, uint64_t start, uint64_t last)
{
    for (unsigned i = find_run(m, start); i < m->run_count && m->runs[i].first <= start; i++) {
        if (m->runs[i].last >= last)
            return true;
        start = m->runs[i].last + 1;
    }
    return false;
}

/* Every status that the contract allows for this operation; 0 if it must succeed. */
static uint32_t wanted_errors(const struct page_model *m, const struct page_op *op)
{
    uint32_t errors = 0;
    uint64_t last = op->start + op->size - 1;
    uint64_t half = UINT64_C(1) << (m->pt.levels == 5 ? 56 : 47);
    bool map = op->kind == PAGE_OP_MAP;
    uint64_t phys = map ? op->phys : 0;
    if (op->size == 0 || ((op->start | op->size | phys) & 0xfff) != 0)
        errors |= 1u << STATUS_MISALIGNED;
    if (op->size != 0 && (last < op->start || (map && phys + op->size - 1 < phys)))
        errors |= 1u << STATUS_OVERFLOW;
    if (!(last < half || op->start >= -half))
        errors |= 1u << STATUS_NOT_CANONICAL;
    if (map && (phys + op->size - 1) >> m->pt.phys_bits != 0)
        errors |= 1u << STATUS_OUT_OF_RANGE;
    if ((map || op->kind == PAGE_OP_PROTECT) &&
        ((op->rights & 3) == 3 || (op->rights & ~UINT32_C(15)) != 0 ||
         ((op->rights & PAGE_USER) != 0 && op->start >= half)))
        errors |= 1u << STATUS_BAD_RIGHTS;
    if (map && (op->type > 7 || op->type == 4 || op->type == 6))
        errors |= 1u << STATUS_UNSUPPORTED;
    if (errors != 0)
        return errors;
    unsigned run = find_run(m, op->start);
    if (map && run < m->run_count && m->runs[run].first <= last)
        return 1u << STATUS_ALREADY_MAPPED;
    if (!map && op->kind != PAGE_OP_JOIN && !all_mapped(m, op->start, last))
        return 1u << STATUS_NOT_MAPPED;
    return 0;
}

/* ---- the TLB ---- */

void page_model_touch(struct page_model *m, uint64_t address)
{
    struct page_walk walk = page_table_query(&m->pt, virt_addr(address));
    for (unsigned i = 1; i < walk.step_count; i++) {
        unsigned level = walk.steps[i - 1].level;
        uint64_t size = UINT64_C(1) << (12 + 9 * (level - 1));
        m->tables[m->next_cached_table++ % MODEL_TLB_MAX] =
            (struct cached_table){true,
                                  level,
                                  address & ~(size - 1),
                                  address | (size - 1),
                                  walk.steps[i].table.value,
                                  (walk.steps[i - 1].entry & 4) != 0};
    }
    if (!walk.present)
        return;
    uint64_t first = address & ~(walk.leaf_size - 1);
    for (unsigned i = 0; i < MODEL_TLB_MAX; i++) {
        const struct cached_leaf *other = &m->leaves[i];
        if (other->valid && other->first <= first + (walk.leaf_size - 1) && first <= other->last &&
            other->last - other->first != walk.leaf_size - 1)
            break_rule(m, "model: the TLB holds two page sizes for one address");
    }
    m->leaves[m->next_leaf++ % MODEL_TLB_MAX] = (struct cached_leaf){
        true,        first,    first + (walk.leaf_size - 1), walk.phys.value - (address - first),
        walk.rights, walk.type};
}

static bool leaf_is_stale(const struct page_model *m, const struct cached_leaf *leaf,
                          const struct page_op *op)
{
    const uint64_t probes[] = {leaf->first, leaf->last, op->start, op->start + op->size - 1,
                               leaf->first + (leaf->last - leaf->first) / 2};
    for (unsigned i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        if (probes[i] < leaf->first || probes[i] > leaf->last)
            continue;
        struct page_walk walk = page_table_query(&m->pt, virt_addr(probes[i]));
        if (!walk.present || walk.phys.value != leaf->phys + (probes[i] - leaf->first) ||
            walk.rights != leaf->rights || walk.type != leaf->type)
            return true;
    }
    return false;
}

static const char *check_tlb(const struct page_model *m, const struct page_op *op)
{
    for (unsigned i = 0; i < MODEL_TLB_MAX; i++) {
        if (m->leaves[i].valid && leaf_is_stale(m, &m->leaves[i], op))
            return "model: a stale translation stays in the TLB";
        const struct cached_table *table = &m->tables[i];
        if (!table->valid)
            continue;
        struct page_walk walk = page_table_query(&m->pt, virt_addr(table->first));
        unsigned step = m->pt.levels - table->level;
        if (walk.step_count < step + 2 || walk.steps[step + 1].table.value != table->table ||
            ((walk.steps[step].entry & 4) != 0) != table->user)
            return "model: a stale table stays in the paging-structure caches";
    }
    return nullptr;
}

/* ---- joining ---- */

struct joinable {
    uint64_t first, last; /* where leaves should have been joined */
    bool gib_leaves, found;
};

static bool look_for_joinable(void *owner, const struct page_extent *extent)
{
    struct joinable *j = owner;
    uint64_t start = extent->start.value, larger = extent->leaf_size * 512;
    j->found = extent->size == larger && start >= j->first && start + (larger - 1) <= j->last &&
               extent->phys.value % larger == 0 &&
               (extent->leaf_size == PAGE_SIZE || (extent->leaf_size == 2 * MIB && j->gib_leaves));
    return !j->found;
}

/* An extent is made of the leaves of one table, so a whole table is one with 512 of them. */
static const char *find_joinable(const struct page_model *m, const struct page_op *op)
{
    struct joinable j = {op->start, op->start + (op->size - 1), m->pt.gib_leaves, false};
    page_table_visit(&m->pt, virt_addr(j.first), virt_addr(j.last), look_for_joinable, &j);
    return j.found ? "model: leaves were not joined that could be" : nullptr;
}

const char *page_model_apply(struct page_model *m, const struct page_op *op, status_t *status_out)
{
    uint32_t errors = wanted_errors(m, op);
    uint64_t tables_before = m->tables_in_use;
    status_t status = STATUS_COUNT;
    m->refused = false;
    if (op->kind == PAGE_OP_MAP)
        status = page_table_map(&m->pt, virt_addr(op->start), phys_addr(op->phys), op->size,
                                op->rights, op->type);
    else if (op->kind == PAGE_OP_UNMAP)
        status = page_table_unmap(&m->pt, virt_addr(op->start), op->size);
    else if (op->kind == PAGE_OP_PROTECT)
        status = page_table_protect(&m->pt, virt_addr(op->start), op->size, op->rights);
    else
        status = page_table_join(&m->pt, virt_addr(op->start), op->size);
    *status_out = status;

    if (m->broken != nullptr)
        return m->broken;
    if (errors != 0) {
        if (status >= STATUS_COUNT || (errors >> status & 1) == 0)
            return "model: an operation that must be refused got another status";
    } else if (status != (m->refused ? STATUS_NO_MEMORY : STATUS_OK)) {
        return "model: an operation that is allowed was refused";
    }
    if (status == STATUS_OK && op->kind == PAGE_OP_JOIN) {
        const char *left = find_joinable(m, op);
        if (left != nullptr)
            return left;
    } else if (status == STATUS_OK)
        model_do(m, op);
    else if (m->tables_in_use != tables_before)
        return "model: a refused operation changed the number of tables";
    return check_tlb(m, op);
}

/* ---- comparisons ---- */

static const char *compare_access(const struct page_model *m, const struct page_run *run,
                                  uint64_t address, unsigned variant)
{
    struct walker_cpu cpu = {m->pt.levels,      m->pt.phys_bits,    m->pt.no_execute,
                             m->pt.gib_leaves,  (variant & 1) != 0, (variant & 2) != 0,
                             (variant & 4) != 0};
    struct walker_access access = {address, (enum walker_kind)(variant >> 5), (variant & 8) != 0,
                                   (variant & 16) != 0};
    struct walker_result got = page_walker_access(&cpu, m->pt.root.value, m->pt.offset, &access);
    if (run == nullptr)
        return got.page_fault && (got.error_code & 9) == 0
                   ? nullptr
                   : "model: the walker finds an unmapped page";
    bool user_page = (run->rights & PAGE_USER) != 0;
    bool allowed = access.user ? user_page : !(user_page && cpu.smap && !access.ac);
    if (access.kind == WALKER_WRITE && (access.user || cpu.wp))
        allowed = allowed && (run->rights & PAGE_WRITE) != 0;
    if (access.kind == WALKER_FETCH)
        allowed = (run->rights & PAGE_EXECUTE) != 0 &&
                  (access.user ? user_page : !(user_page && cpu.smep));
    if (got.page_fault && (got.error_code & 9) != 1)
        return "model: the walker does not find a mapped page";
    if (got.page_fault != !allowed)
        return "model: the walker sees other rights";
    if (!got.page_fault &&
        (got.phys != run->phys + (address - run->first) || got.pat_index != run->type ||
         got.global != ((run->rights & PAGE_GLOBAL) != 0)))
        return "model: the walker sees another frame, type or global bit";
    return nullptr;
}

const char *page_model_compare_at(const struct page_model *m, uint64_t address)
{
    uint64_t half = UINT64_C(1) << (m->pt.levels == 5 ? 56 : 47);
    bool canonical = address < half || address >= -half;
    struct page_walk walk = page_table_query(&m->pt, virt_addr(address));
    if (walk.canonical != canonical)
        return "model: query and model differ about a canonical address";
    if (!canonical)
        return walk.present ? "model: query finds something at no address" : nullptr;
    const struct page_run *run = run_at(m, address);
    if (walk.present != (run != nullptr) || walk.reserved_bit)
        return "model: query and model differ about what is mapped";
    if (run != nullptr && (walk.phys.value != run->phys + (address - run->first) ||
                           walk.rights != run->rights || walk.type != run->type))
        return "model: query sees another frame, rights or type";
    static_assert(WALKER_FETCH == 2);
    constexpr unsigned variants = 3 * 32; /* kind, and five switches */
    for (unsigned variant = 0; variant < variants; variant++) {
        const char *broken = compare_access(m, run, address, variant);
        if (broken != nullptr)
            return broken;
    }
    return nullptr;
}

struct comparison {
    const struct page_model *m;
    unsigned index; /* of the run that the next leaf continues */
    uint64_t done;  /* bytes of it */
    const char *broken;
};

static bool compare_extent(void *owner, const struct page_extent *extent)
{
    struct comparison *c = owner;
    const struct page_run *run = &c->m->runs[c->index];
    if (c->index >= c->m->run_count || extent->start.value != run->first + c->done ||
        extent->size - 1 > run->last - extent->start.value ||
        extent->phys.value != run->phys + c->done || extent->rights != run->rights ||
        extent->type != run->type ||
        ((extent->start.value | extent->phys.value | extent->size) & (extent->leaf_size - 1)) !=
            0) {
        c->broken = "model: visit and model differ";
        return false;
    }
    c->done += extent->size;
    if (c->done - 1 == run->last - run->first) {
        c->index++;
        c->done = 0;
    }
    return true;
}

const char *page_model_compare_all(const struct page_model *m)
{
    struct comparison c = {.m = m};
    page_table_visit(&m->pt, virt_addr(0), virt_addr(UINT64_MAX), compare_extent, &c);
    if (c.broken != nullptr)
        return c.broken;
    if (c.index != m->run_count)
        return "model: visit misses what is mapped";
    if (page_table_count(&m->pt) != m->tables_in_use)
        return "model: the number of tables differs from those taken";
    return page_table_check(&m->pt);
}
