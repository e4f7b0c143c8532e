/* SPDX-License-Identifier: MIT
 * Accidents on purpose. Each must end the run with a PANIC report; coming back is the failure.
 * PV1  no chain of calls is as deep as a 32-bit number (which `provoke assert` breaks) */
#include <kernel/command.h>

#include <arch/cpu.h>
#include <base/assert.h>
#include <base/string.h>
#include <kernel/console.h>
#include <kernel/panic.h>
#include <kernel/text.h>
#include <mm/mm.h>

constexpr size_t BLOCK = 64;

/* Where the compiler must not see what an address or a value is. */
static volatile uint64_t hidden_address;
static volatile uint64_t hidden_zero;
static volatile unsigned hidden_depth;

static const char *read_null(void)
{
    hidden_address = 8; /* a member of a structure at null */
    (void)*(const volatile uint64_t *)(uintptr_t)hidden_address;
    return "address 8 was read";
}

/* The call's own kcfi check would fail first, and the page's rights would not be tried. */
__attribute__((no_sanitize("kcfi"))) static const char *execute_data(void)
{
    constexpr unsigned char return_instruction = 0xc3;
    if (!cpu_features()->no_execute)
        return "this processor has no NX: any page can be executed";
    unsigned char *block = kmalloc(BLOCK);
    if (block == nullptr)
        return "out of memory";
    memset(block, return_instruction, BLOCK);
    hidden_address = virt_of(block).value + BLOCK / 2;
    ((void (*)(void))(uintptr_t)hidden_address)();
    kfree(block);
    return "a heap page was executed";
}

static const char *write_rodata(void)
{
    static const volatile char text[] = "these bytes are read-only";
    hidden_address = virt_of(text).value;
    *(volatile char *)(uintptr_t)hidden_address = 'T';
    return "read-only data was written";
}

static int takes_a_number(int number)
{
    return number + 1;
}

static const char *wrong_type(void)
{
    hidden_address = (uint64_t)(uintptr_t)takes_a_number;
    ((void (*)(const char *, const char *))(uintptr_t)hidden_address)("not", "a number");
    return "a function was called through a pointer of another type";
}

/* The array keeps every frame large, and its use after the call keeps the call from becoming a jump. */
__attribute__((noinline)) static unsigned descend(unsigned depth)
{
    volatile unsigned char frame[256];
    frame[depth % sizeof frame] = (unsigned char)depth;
    if (depth == hidden_depth)
        return depth;
    return descend(depth + 1) + frame[depth % sizeof frame];
}

static const char *overflow_stack(void)
{
    hidden_depth = UINT32_MAX;
    descend(0);
    return "the recursion ended";
}

/* A free that neither compiler nor analyser can recognise as wrong. */
static const char *free_hidden(uint64_t address)
{
    hidden_address = address + hidden_zero;
    kfree((void *)(uintptr_t)hidden_address);
    return "the free came back (with heap=warn it is refused and the run goes on)";
}

static const char *free_twice(void)
{
    void *block = kmalloc(BLOCK);
    uint64_t address = virt_of(block).value;
    kfree(block);
    return free_hidden(address);
}

static const char *free_foreign(void)
{
    static unsigned char not_from_the_heap[BLOCK];
    return free_hidden(virt_of(not_from_the_heap).value);
}

static const char *free_inside(void)
{
    unsigned char *block = kmalloc(BLOCK);
    const char *result = free_hidden(virt_of(block).value + HEAP_ALIGNMENT);
    kfree(block);
    return result;
}

/* One byte too many: heap=l1 finds it at the free. */
static const char *overflow_block(void)
{
    constexpr size_t asked_for = 20;
    char *block = kmalloc(asked_for);
    if (heap_get_level(mm_heap()) == HEAP_L0)
        return "without heap=l1 nobody looks behind a block";
    if (block == nullptr)
        return "out of memory";
    hidden_address = virt_of(block).value + asked_for;
    *(volatile char *)(uintptr_t)hidden_address = 'A';
    return free_hidden(virt_of(block).value);
}

/* A pointer that outlives its block: heap=l1 finds what it wrote when the block is handed out again. */
static const char *use_freed_block(void)
{
    void *neighbour = kmalloc(BLOCK); /* keeps the slab */
    void *block = kmalloc(BLOCK);
    if (heap_get_level(mm_heap()) == HEAP_L0)
        return "without heap=l1 nobody looks into a freed block";
    hidden_address = virt_of(block).value + 2;
    kfree(block);
    *(volatile char *)(uintptr_t)hidden_address = 'A';
    void *next = kmalloc(BLOCK);
    bool is_other = next != nullptr && virt_of(next).value != hidden_address - 2;
    kfree(next);
    kfree(neighbour);
    return is_other ? "the block was handed out no more (with heap=warn the run goes on)"
                    : "the block was handed out again";
}

/* Everything behind the locals is written up to, but not including, the caller's frame pointer: so it is
 * the canary that notices, and the backtrace still works. */
__attribute__((noinline)) static void smash(void)
{
    volatile char buffer[16];
    hidden_address = virt_of(buffer).value;
    uint64_t end = virt_of(__builtin_frame_address(0)).value;
    for (uint64_t at = hidden_address; at < end; at++)
        *(volatile char *)(uintptr_t)at = 'A';
}

static const char *smash_canary(void)
{
    smash();
    return "the stack protector did not notice";
}

/* What each block holds while everything is taken. */
struct hoard {
    struct hoard *next;
    uint64_t check; /* the block's own address, inverted */
};

static const char *hoard_check(const struct hoard *hoard, uint64_t count)
{
    for (; hoard != nullptr; hoard = hoard->next, count--) {
        if (count == 0 || hoard->check != ~virt_of(hoard).value)
            return "a block was overwritten: memory was handed out twice";
    }
    return count != 0 ? "blocks are missing: memory was handed out twice" : mm_check_all();
}

/* P6: out of memory is a refusal at the boundary, never an overwrite. Every size down to the smallest is
 * asked for until it is refused; then every block must hold what was written to it. */
static const char *exhaust(void)
{
    uint64_t count = 0, bytes = 0;
    struct hoard *hoard = nullptr, *block;
    for (size_t size = HEAP_WINDOW_MIN; size >= sizeof *block; size /= 2) {
        while ((block = kmalloc(size)) != nullptr) {
            *block = (struct hoard){hoard, ~virt_of(block).value};
            hoard = block;
            count++;
            bytes += size;
        }
    }
    const char *broken = hoard_check(hoard, count);
    if (broken != nullptr)
        return broken;
    struct frame_totals frames;
    frames_totals(mm_frames(), &frames);
    panic("out of memory: kmalloc(%zu) refused after %" PRIu64 " blocks of %" PRIu64
          " bytes (%s); %" PRIu64 " of %" PRIu64 " frames free, largest run %" PRIu64
          "; no block was overwritten, every check holds",
          sizeof *block, count, bytes, size_text(bytes).text, frames.free, frames.managed,
          frames_largest_run(mm_frames()));
}

static const char *fail_assert(void)
{
    ASSERT(PV1, hidden_depth > UINT32_MAX - 1);
    return "the assertion held";
}

static const char *just_panic(void)
{
    panic("asked for by 'provoke panic'");
}

#define KINDS(X)                                                                                   \
    X("null", read_null, "read address 8")                                                         \
    X("nx", execute_data, "jump into a heap page")                                                 \
    X("write-rodata", write_rodata, "write read-only data")                                        \
    X("cfi", wrong_type, "call a function through a pointer of another type")                      \
    X("stack-overflow", overflow_stack, "recurse until the stack's guard page")                    \
    X("canary", smash_canary, "overwrite the stack protector's canary")                            \
    X("double-free", free_twice, "give kfree a block that is free")                                \
    X("foreign-free", free_foreign, "give kfree what is not from the heap")                        \
    X("inside-free", free_inside, "give kfree an address inside a block")                          \
    X("overflow", overflow_block, "write one byte behind a block (heap=l1)")                       \
    X("use-after-free", use_freed_block, "write into a block after its free (heap=l1)")            \
    X("oom", exhaust, "take all memory until kmalloc refuses")                                     \
    X("assert", fail_assert, "fail an assertion")                                                  \
    X("panic", just_panic, "panic")
#define KIND(name, run, what) {name, run},
#define WORD(name, run, what) "|" name
#define HELP(name, run, what) name ": " what "\n"

static const struct {
    const char *name;
    const char *(*run)(void);
} kinds[] = {KINDS(KIND)};

static bool run_provoke(unsigned, const char *const *words)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, words[1]) != 0)
            continue;
        print("provoke %s: this must end in a panic\n", words[1]);
        print("FAIL: provoke %s: %s\n", words[1], kinds[i].run());
        return false;
    }
    return false;
}

COMMAND(provoke) = {
    .name = "provoke",
    .usage = KINDS(WORD),
    .summary = "make an accident happen; it must end in a panic",
    .help = KINDS(HELP) "If it does not end in a panic, the command says FAIL and why.\n",
    .run = run_provoke,
};
