/* SPDX-License-Identifier: MIT
 * The checker of the frame allocator: each kind of damage is planted alone in a sound allocator, and must be found
 * as just the rule that it breaks; and what the allocator's own assertions stop. */
#include "frames_fixture.h"

#include "mm/frames/private.h"

/* Section 0: block 0 metadata, 1 KERNEL with a run, 2 a SLAB run, 3 STACK, 4 a HEAP_LARGE run, 5 huge, then free,
 * and RAGGED_BLOCK of ten frames. Section 2: pristine. Section 3: huge. */
constexpr unsigned HUGE_BLOCK = 5;
constexpr unsigned FREE_BLOCK = 10;
constexpr unsigned RAGGED_BLOCK = 64;

static struct machine machine_in_use(void)
{
    struct machine m = machine_create(5 * SECTION, nullptr);
    put(&m, 0, RAGGED_BLOCK * BLOCK, 0);
    put(&m, 2 * SECTION, 500, 0);
    put(&m, 3 * SECTION, SECTION, 0);
    assert_int_equal(take(&m, ORDER_FRAME, FRAME_KERNEL), BLOCK);
    assert_int_equal(take_run(&m, 3, 1, FRAME_KERNEL, 1), BLOCK + 1);
    assert_int_equal(take_run(&m, 20, 1, FRAME_SLAB, 5), 2 * BLOCK);
    assert_int_equal(take(&m, ORDER_FRAME, FRAME_STACK), 3 * BLOCK);
    assert_int_equal(take_run(&m, 20, 1, FRAME_HEAP_LARGE, 6), 4 * BLOCK);
    assert_int_equal(take(&m, ORDER_BLOCK, FRAME_TEST), HUGE_BLOCK * BLOCK);
    assert_int_equal(take(&m, ORDER_SECTION, FRAME_TEST), 3 * SECTION);
    put(&m, RAGGED_BLOCK * BLOCK, 10, 0); /* last: frames would be taken from it first */
    assert_sound(frames_check(m.fa));
    return m;
}

static struct section section_at(struct machine *m, uint64_t number)
{
    struct section s;
    if (!section_find(m->fa, number, &s))
        abort(); /* the analyser does not know that cmocka's assertions do not return */
    return s;
}

static struct section_metadata *metadata_of(struct machine *m)
{
    struct section_metadata *metadata = section_at(m, 0).metadata;
    if (metadata == nullptr)
        abort();
    return metadata;
}

static uint32_t *owner_word_of(struct machine *m, uint64_t frame)
{
    struct section s = section_at(m, 0);
    if (s.metadata == nullptr)
        abort();
    uint32_t *table = owner_table(m->fa, &s, (unsigned)(frame / BLOCK));
    if (table == nullptr)
        abort();
    return &table[frame % (TABLE_BLOCKS * BLOCK)];
}

static void set_word(struct machine *m, unsigned block, uint32_t word)
{
    metadata_of(m)->words[block] = word;
}

/* ---- spans, sums, cursors ---- */

static void break_capacity(struct machine *m)
{
    m->fa->span_capacity = 1;
}
static void break_span_order(struct machine *m)
{
    const struct frame_span first = m->fa->spans[0];
    m->fa->spans[0] = m->fa->spans[1];
    m->fa->spans[1] = first;
}
static void break_online_free(struct machine *m)
{
    m->fa->online_free++;
}
static void break_cursor(struct machine *m)
{
    m->fa->cursors[FRAME_KERNEL].word = &metadata_of(m)->words[HUGE_BLOCK];
}

/* ---- blocks and owner words ---- */

static void break_first_body(struct machine *m)
{
    for (unsigned bin = 0; bin < BINS; bin++)
        metadata_of(m)->bins[bin][0] &= ~UINT64_C(1);
    set_word(m, 0, word_make((uint32_t)BLOCK_RUN_BODY, FRAME_METADATA, 0));
}
static void break_class_of_frame(struct machine *m)
{
    m->fa->cursors[FRAME_STACK].word = nullptr;
    metadata_of(m)->words[3] &= ~(WORD_CLASS_MASK << WORD_CLASS_SHIFT);
}
static void break_owner_kind(struct machine *m)
{
    *owner_word_of(m, 2 * BLOCK) |= WORD_KIND_MASK;
}
static void break_unused_word(struct machine *m)
{
    *owner_word_of(m, HUGE_BLOCK * BLOCK + 7) = word_make((uint32_t)OWNER_SINGLE, FRAME_TEST, 0);
}
static void break_free_set(struct machine *m)
{
    metadata_of(m)->free_blocks[0] ^= UINT64_C(1) << FREE_BLOCK;
}
static void break_partly_managed(struct machine *m)
{
    set_word(m, RAGGED_BLOCK, BLOCK_FREE);
}
static void break_ragged(struct machine *m)
{
    metadata_of(m)->words[3] |= WORD_RAGGED;
}
static void break_split_and_free(struct machine *m)
{
    metadata_of(m)->free_blocks[0] ^= UINT64_C(1) << FREE_BLOCK;
    metadata_of(m)->bins[BINS - 1][0] |= UINT64_C(1) << FREE_BLOCK;
    set_word(m, FREE_BLOCK, word_make((uint32_t)BLOCK_SPLIT, FRAME_FREE, BLOCK_FRAMES));
}
static void break_idle_class(struct machine *m)
{
    metadata_of(m)->words[RAGGED_BLOCK] |= (uint32_t)FRAME_KERNEL << WORD_CLASS_SHIFT;
}
static void break_class_of_block(struct machine *m)
{
    set_word(m, HUGE_BLOCK, word_make((uint32_t)BLOCK_HUGE, FRAME_FREE, 0));
}
static void break_state(struct machine *m)
{
    set_word(m, HUGE_BLOCK, WORD_KIND_MASK);
}

/* ---- sections ---- */

static void break_metadata_home(struct machine *m)
{
    *owner_word_of(m, section_at(m, 0).record->metadata) =
        word_make((uint32_t)OWNER_SINGLE, FRAME_TEST, 0);
}
static void break_leaf_home(struct machine *m)
{
    *owner_word_of(m, m->fa->leaves[0] - 1) = word_make((uint32_t)OWNER_SINGLE, FRAME_TEST, 0);
}
static void break_account_of_metadata(struct machine *m)
{
    uint64_t lost;
    assert_status(metadata_take(m->fa, 1, &lost), STATUS_OK);
}
static void break_section_count(struct machine *m)
{
    section_at(m, 0).record->free++;
}
static void break_section_mask(struct machine *m)
{
    section_at(m, 0).leaf->has_free_block ^= 1;
}
static void break_partial_count(struct machine *m)
{
    metadata_of(m)->partial_blocks[FRAME_USER]++;
}
static void break_pristine_mask(struct machine *m)
{
    section_at(m, 0).leaf->has_free |= 1 << 2;
}
static void break_managed(struct machine *m)
{
    section_at(m, 0).record->managed++;
}
static void break_huge_class(struct machine *m)
{
    section_at(m, 3).record->class = FRAME_FREE;
}

static void test_each_damage_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        void (*damage)(struct machine *);
    } cases[] = {
        {"F1: more spans than there is room for", break_capacity},
        {"F1: spans are not sorted, disjoint and joined", break_span_order},
        {"F2: a pristine section is in a mask of touched ones", break_pristine_mask},
        {"F2: a section is neither pristine, online nor huge", break_huge_class},
        {"F4: an owner word in a block that is not split", break_unused_word},
        {"F5: a block is whole but not wholly managed", break_partly_managed},
        {"F5: ragged is not the same as partly managed", break_ragged},
        {"F6: the body of a run is at the start of a section", break_first_body},
        {"F7: a taken frame has no class", break_class_of_frame},
        {"F7: an owner word has no kind", break_owner_kind},
        {"F7: a taken block has no class", break_class_of_block},
        {"F8: the set of free blocks is wrong", break_free_set},
        {"F8: a split block is wholly free", break_split_and_free},
        {"F8: a block without a taken frame belongs to a class", break_idle_class},
        {"F8: a block has no state", break_state},
        {"F8: a section is in the wrong mask", break_section_mask},
        {"F8: partial blocks of a class are miscounted", break_partial_count},
        {"F8: a cursor is at a block without room for its class", break_cursor},
        {"F9: the counts of a section are not those of its blocks", break_section_count},
        {"F9: the managed frames of a section are not those of the spans", break_managed},
        {"F9: free frames of online sections are miscounted", break_online_free},
        {"F10: metadata lies in a frame that is not metadata", break_metadata_home},
        {"F10: a leaf lies in a frame that is not metadata", break_leaf_home},
        {"F13: a frame of metadata holds nothing", break_account_of_metadata},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct machine m = machine_in_use();
        cases[i].damage(&m);
        const char *broken = frames_check(m.fa);
        assert_string_equal(broken != nullptr ? broken : "nothing", cases[i].sentence);
        free(m.memory);
        fake_ram_destroy(&m.ram);
    }
}

/* ---- one fault for each rule, in a simpler machine ---- */

static void break_span(struct machine *m)
{
    m->fa->spans[0].count = 0;
}
static void break_mask(struct machine *m)
{
    section_at(m, 0).leaf->touched = 0;
}
static void break_free_count(struct machine *m)
{
    metadata_of(m)->words[0] += WORD_FREE_ONE;
}
static void break_bit(struct machine *m)
{
    metadata_of(m)->rows[2][0] |= 1; /* of the run */
}
static void break_absent(struct machine *m)
{
    metadata_of(m)->words[400] = BLOCK_FREE;
}
static void break_run(struct machine *m)
{
    *owner_word_of(m, 2 * BLOCK + 3) ^= 1u << WORD_VALUE_SHIFT;
}
static void break_class(struct machine *m)
{
    *owner_word_of(m, 3 * BLOCK) = word_make(OWNER_SINGLE, FRAME_STACK, 0);
}
static void break_bin(struct machine *m)
{
    metadata_of(m)->bins[0][0] ^= 2;
}
static void break_counter(struct machine *m)
{
    m->fa->by_class[FRAME_KERNEL]++;
}
static void break_home(struct machine *m)
{
    metadata_of(m)->table_low[1] += 1000;
}
static void break_pristine(struct machine *m)
{
    m->fa->pristine_from = 3;
}

static void test_check_sees_faults(void **state)
{
    (void)state;
    const struct {
        const char *invariant;
        void (*sabotage)(struct machine *);
    } faults[] = {
        {"F1:", break_span},    {"F2:", break_mask},  {"F3:", break_free_count}, {"F4:", break_bit},
        {"F5:", break_absent},  {"F6:", break_run},   {"F7:", break_class},      {"F8:", break_bin},
        {"F9:", break_counter}, {"F10:", break_home}, {"F11:", break_pristine},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct machine m = machine_create(4 * SECTION, nullptr);
        put(&m, 0, 64 * BLOCK, 0);
        put(&m, 2 * SECTION, 500, 0);
        assert_int_equal(take(&m, ORDER_FRAME, FRAME_KERNEL), BLOCK);
        assert_int_equal(take_run(&m, 20, 1, FRAME_SLAB, 5), 2 * BLOCK);
        assert_int_equal(take(&m, ORDER_FRAME, FRAME_STACK), 3 * BLOCK);
        assert_sound(frames_check(m.fa));
        faults[i].sabotage(&m);
        const char *broken = frames_check(m.fa);
        assert_non_null(broken);
        print_message("%s\n", broken);
        assert_memory_equal(broken, faults[i].invariant, strlen(faults[i].invariant));
        free(m.memory);
        fake_ram_destroy(&m.ram);
    }
}

/* What the allocator itself relies on: it stops where going on would give out what is not free. */
static void test_damage_stops_the_allocator(void **state)
{
    (void)state;
    struct machine m = machine_in_use();
    struct section_metadata *metadata = metadata_of(&m);
    pfn_t frame = pfn(BLOCK);
    assert_rule_broken(F3, {
        memset(metadata->rows[1], 0, sizeof metadata->rows[1]);
        (void)!frames_alloc(m.fa, ORDER_FRAME, FRAME_KERNEL, &frame);
    });
    assert_rule_broken(F8, {
        metadata->free_blocks[0] |= 1u << HUGE_BLOCK;
        (void)!frames_alloc(m.fa, ORDER_BLOCK, FRAME_TEST, &frame);
    });
    assert_rule_broken(F9, {
        m.fa->by_class[FRAME_KERNEL] = 0;
        (void)!frames_free(m.fa, frame, ORDER_FRAME);
    });
    assert_rule_broken(F6, {
        break_first_body(&m);
        (void)frames_owner(m.fa, pfn(5));
    });
    machine_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage_stops_the_allocator),
        cmocka_unit_test(test_check_sees_faults),
        cmocka_unit_test(test_each_damage_is_found),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
