/* SPDX-License-Identifier: MIT
 * The text readers, form by form: what they read, what they refuse and with which words, what the view knows.
 * Memory is exactly as large as view_text_memory_size says, so that ASan sees an overrun. Real machines:
 * test_firmware_maps.c. */
#include "harness/harness.h"
#include "model/map_corpus.h"
#include "view_text_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHELL_HEAD "Type       Start            End              # Pages          Attributes\n"

static const struct text_case forms[] = {
    {"linux, old", TEXT("efi: mem00: type=7, attr=0xf, range=[0x0-0x8f000) (0MB)\n"),
     "linux-efi 1:0+8f000 7/f"},
    {"linux, new",
     TEXT("efi: mem00: [Conventional Memory|   |  |  |  |  |  |  |  |   |WB|WT|WC|UC] "
          "range=[0x0000000000000000-0x0000000000000fff] (0MB)"),
     "linux-efi 1:0+1000 7/f"},
    {"linux, every attribute",
     TEXT("efi: mem09: [MMIO        |RUN|HP|MR|CC|SP|NV|XP|RP|WP|RO|UCE|WB|WT|WC|UC] "
          "range=[0x1000-0x1fff] (0MB)"),
     "linux-efi 1:1000+1000 b/80000000001ff01f"},
    {"linux, type and attribute without a name",
     TEXT("efi: mem1: [type=2147483649 |attr=0x070000000000000f] range=[0x1000-0x1fff] (0MB)"),
     "linux-efi 1:1000+1000 80000001/70000000000000f"},
    {"linux, no page",
     TEXT("mem1: type=0, attr=0x0, range=[0x5000-0x5000) (0MB)\n"
          "mem2: [Reserved|  ] range=[0x5000-0x4fff] (0MB)\n"
          "mem3: [Reserved|  ] range=[0x0-0xffffffffffffffff] (0MB)\n"),
     "linux-efi 1:5000+0 0/0 2:5000+0 0/0 3:0+0 0/0"},
    {"linux, wraps and says so",
     TEXT("mem1: type=7, attr=0xf, range=[0xfffffffffffff000-0x1000) (0MB)"),
     "linux-efi 1:fffffffffffff000+2000 7/f"},
    {"linux, up to the end",
     TEXT("mem1: [Reserved|UC] range=[0xfffffffffffff000-0xffffffffffffffff]"),
     "linux-efi 1:fffffffffffff000+1000 0/1"},
    {"arm64",
     TEXT("efi:   0x000801f0c000-0x000803f7ffff [Conventional|   |  |  |   |WB|  |  |  ]\n"
          "efi:   0x000bdb460000-0x000bdb46ffff [Runtime Code|RUN|  |  |   |WB|  |  |  ]*\n"),
     "linux-efi 1:801f0c000+2074000 7/8 2:bdb460000+10000 5/8000000000000008"},
    {"e820",
     TEXT("BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
          "BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved \n"),
     "linux-e820 1:0+9fc00 7/0 2:9fc00+400 0/0"},
    {"e820, old",
     TEXT(" BIOS-e820: 0000000000000000 - 000000000009fc00 (usable)\n"
          " BIOS-e820: 0 - 9fc00 (type 20)\n"),
     "linux-e820 1:0+9fc00 7/0 2:0+9fc00 5/0"},
    {"e820, types",
     TEXT("BIOS-e820: [mem 0x00-0x0f] ACPI data\nBIOS-e820: [mem 0x10-0x1f] ACPI NVS\n"
          "BIOS-e820: [mem 0x20-0x2f] unusable\nBIOS-e820: [mem 0x30-0x3f] persistent (type 7)\n"
          "BIOS-e820: [mem 0x40-0x4f] persistent (type 12)\n"
          "BIOS-e820: [mem 0x50-0x5f] soft reserved\nBIOS-e820: [mem 0x60-0x6f] type 9\n"
          "BIOS-e820: [mem 0x70-0x7f] type 4026531839\nBIOS-e820: [mem 0x80-0x8f] type 99999\n"),
     "linux-e820 1:0+10 9/0 2:10+10 a/0 3:20+10 8/0 4:30+10 e/0 5:40+10 e/0 6:50+10 7/40000 "
     "7:60+10 e820009/0 8:70+10 7/40000 9:80+10 e82ffff/0"},
    {"e820, up to the end", TEXT("BIOS-e820: [mem 0xfff0000000000000-0xffffffffffffffff] reserved"),
     "linux-e820 1:fff0000000000000+10000000000000 0/0"},
    {"shell", TEXT(SHELL_HEAD SHELL_LINES), "shell 2:0+9f000 7/f 3:9f000+1000 0/f"},
    {"shell, totals",
     TEXT(SHELL_HEAD SHELL_LINES "\n  Reserved  :              1 Pages (4,096 Bytes)\n"
                                 "  Available :            159 Pages (651,264 Bytes)\n"
                                 "  LoaderCode:              0 Pages (0 Bytes)\n"
                                 "Total Memory:              0 MB (651,264 Bytes)\n"),
     "shell 2:0+9f000 7/f 3:9f000+1000 0/f"},
    {"shell, of EFI 1.10",
     TEXT("available  0000000000000000-0000000000001FFF  0000000000000002 000000000000000F\n"
          "MemMapIO   00000000FEC00000-00000000FEC00FFF  0000000000000001 8000000000000001\n"
          "  available :          2 Pages (8,192)\nTotal Memory:  0 MB (8,192) Bytes\n"),
     "shell 1:0+2000 7/f 2:fec00000+1000 b/8000000000000001"},
    {"shell, type without a name; PAL code in the total or not",
     TEXT("80000001   0000000000001000-0000000000001FFF 0000000000000001 000000000000000F\n"
          "PalCode    0000000000002000-0000000000002FFF 0000000000000001 000000000000000F\n"
          "80000001   0000000000003000-0000000000003FFF 0000000000000001 000000000000000F\n"
          "Total Memory:  0 MB (4,096 Bytes)\n"),
     "shell 1:1000+1000 80000001/f 2:2000+1000 d/f 3:3000+1000 80000001/f"},
    {"shell, wraps and is empty",
     TEXT("Available  FFFFFFFFFFFFF000-0000000000000FFF 0000000000000002 000000000000000F\n"
          "Available  0000000000005000-0000000000004FFF 0000000000000000 000000000000000F\n"),
     "shell 1:fffffffffffff000+2000 7/f 2:5000+0 7/f"},
    {"xen",
     TEXT("(XEN) EFI memory map:\n"
          "(XEN)  0000000000000-000000009dfff type=7 attr=000000000000000f\n"
          "(XEN)  00000ff000000-00000ffffffff type=11 attr=800000000000100d\n"),
     "xen 2:0+9e000 7/f 3:ff000000+1000000 b/800000000000100d"},
    {"csv",
     TEXT("Index, Type, Type(name), PhysicalStart, NumberOfPages, Attribute\n"
          "0, 7, EfiConventionalMemory, 00000000, 58, F\n"
          "1,B,EfiMemoryMappedIO,FEE00000,1,8000000000000001\n"),
     "csv 2:0+58000 7/f 3:fee00000+1000 b/8000000000000001"},
    {"list",
     TEXT("# my machine\n0x0 0x8f001 7 0xf\n4096 4096 11 1 # four numbers\n"
          "0xfffffffffffff000 0x2000 0x80000001 0x0"),
     "list 2:0+8f001 7/f 3:1000+1000 b/1 4:fffffffffffff000+2000 80000001/0"},
};

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        check_case(&forms[i]);
}

/* Whatever a logger, a mail or an editor does to a line. */
static const struct text_case prefixes[] = {
    {"time", TEXT("[    0.000000] " E820_LINE), "linux-e820 1:1000+1000 7/0"},
    {"time and caller", TEXT("[    0.000000][    T0] " E820_LINE), "linux-e820 1:1000+1000 7/0"},
    {"time and caller apart", TEXT("[    0.000000] [      T0] " E820_LINE),
     "linux-e820 1:1000+1000 7/0"},
    {"time of day", TEXT("[Fri Nov 20 10:57:11 2026] " E820_LINE), "linux-e820 1:1000+1000 7/0"},
    {"level", TEXT("<6>[    0.000000] " E820_LINE), "linux-e820 1:1000+1000 7/0"},
    {"facility and level", TEXT("kern  :info  : [    0.000000] " E820_LINE),
     "linux-e820 1:1000+1000 7/0"},
    {"syslog", TEXT("Nov 20 10:57:11 host kernel: [    0.000000] " E820_LINE),
     "linux-e820 1:1000+1000 7/0"},
    {"journal", TEXT("Nov 20 10:57:11 host kernel: efi: " EFI_LINE), "linux-efi 1:1000+1000 7/f"},
    {"mail", TEXT("> > [    0.000000] EFI: " EFI_LINE), "linux-efi 1:1000+1000 7/f"},
    {"xen with a time",
     TEXT("(XEN) [2026-11-20 10:57:11]  0000000001000-0000000001fff type=7 attr=f"),
     "xen 1:1000+1000 7/f"},
    {"carriage returns", TEXT("x\r\n" E820_LINE "\r\n"), "linux-e820 2:1000+1000 7/0"},
    {"tabs", TEXT("\tefi:\tmem00:\ttype=7,\tattr=0xf,\trange=[0x1000-0x2000)\t(0MB)\n"),
     "linux-efi 1:1000+1000 7/f"},
    {"byte order mark", TEXT("\xEF\xBB\xBF" E820_LINE "\n"), "linux-e820 1:1000+1000 7/0"},
    {"UTF-16",
     TEXT("\xFF\xFE"
          "0\0x\0001\0000\0000\0000\0 \0004\0000\0009\0006\0 \0007\0 \0000\0\n\0"),
     "list 1:1000+1000 7/0"},
    {"zeros between", TEXT("BIOS\0-e820: [mem 0x1000-0x1fff]\0 usable\0\n"),
     "linux-e820 1:1000+1000 7/0"},
    {"upper case", TEXT("BIOS-E820: [MEM 0X1000-0X1FFF] USABLE\n"), "linux-e820 1:1000+1000 7/0"},
    {"empty lines", TEXT("\n\n\n" E820_LINE "\n\n"), "linux-e820 4:1000+1000 7/0"},
    {"other lines",
     TEXT("Linux version 6.1\nefi: Not removing mem53: MMIO range=[0x0-0x1] (4KB)\n"
          "efi: memattr: ! 0x1000-0x1fff [Runtime Code|RUN|  ]\n"
          "about BIOS-e820: lines\n1 2 3\n7 apples 0x0\n" E820_LINE
          "\ne820: update [mem 0x0-0xfff] usable ==> reserved\nmemory: 5\n"),
     "linux-e820 7:1000+1000 7/0"},
};

static void test_prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        check_case(&prefixes[i]);
}

#define NO_MAP "line 0: no memory map of a known form is in this text"
static const struct text_case damage[] = {
    {"nothing", TEXT(""), NO_MAP},
    {"a mark alone", TEXT("\xFF\xFE"), NO_MAP},
    {"foreign lines", TEXT("Hello\nefi: EFI v2.70 by X\nBIOS-provided physical RAM map:\n"),
     NO_MAP},
    {"totals alone", TEXT("Total Memory: 0 MB (4,096 Bytes)\n"), NO_MAP},
    {"number too large",
     TEXT("\n"
          "mem1: type=7, attr=0xf, range=[0x0-0x10000000000000000) (0MB)"),
     "line 2: a number does not fit into 64 bits"},
    {"type too large", TEXT("mem1: type=4294967296, attr=0xf, range=[0x0-0x1000) (0MB)"),
     "line 1: a number does not fit into 32 bits"},
    {"end before start", TEXT("mem1: type=7, attr=0xf, range=[0x9000-0x8000) (0MB)"),
     "line 1: the end is before the start"},
    {"end before start, inclusive", TEXT("BIOS-e820: [mem 0x9000-0x8000] usable"),
     "line 1: the end is before the start"},
    {"end before start, old", TEXT("BIOS-e820: 9000 - 8000 (usable)"),
     "line 1: the end is before the start"},
    {"size differs", TEXT("mem1: type=7, attr=0xf, range=[0x0-0x200000) (1MB)"),
     "line 1: the size in MB is not that of the range"},
    {"no range", TEXT("mem1: type=7, attr=0xf\n"),
     "line 1: a field is missing or has another form"},
    {"no number", TEXT("mem1: type=7, attr=, range=[0x0-0x1000)"), "line 1: a number is missing"},
    {"cut", TEXT(E820_LINE "\nBIOS-e820: [mem 0x2000-0x2fff"),
     "line 2: a field is missing or has another form"},
    {"no type", TEXT("BIOS-e820: [mem 0x2000-0x2fff]"), "line 1: this word is no e820 type"},
    {"unknown word", TEXT("BIOS-e820: [mem 0x2000-0x2fff] useful"),
     "line 1: this word is no e820 type"},
    {"unknown type", TEXT("mem1: [Apple Data |WB] range=[0x1000-0x1fff] (0MB)"),
     "line 1: this word is no memory type"},
    {"unknown attribute", TEXT("mem1: [Boot Data |WB|QQ] range=[0x1000-0x1fff] (0MB)"),
     "line 1: this word is no attribute"},
    {"open bracket", TEXT("mem1: [Boot Data |WB range=[0x1000-0x1fff] (0MB)"),
     "line 1: this word is no attribute"},
    {"xen, no attributes", TEXT("(XEN) 0000000001000-0000000001fff type=7"),
     "line 1: a field is missing or has another form"},
    {"csv, no attributes", TEXT("0, 7, EfiConventionalMemory, 00000000, 58"),
     "line 1: a field is missing or has another form"},
    {"list, three numbers", TEXT("0x0 0x1000 7"), "line 1: a number is missing"},
    {"list, five numbers", TEXT("0x0 0x1000 7 0xf 1"), "line 1: more than four numbers"},
    {"list, too large", TEXT("0x0 0x1000 0x100000000 0xf"),
     "line 1: a number does not fit into 32 bits"},
    {"shell, pages",
     TEXT("Available  0000000000000000-000000000009EFFF 00000000000000A0 000000000000000F\n"),
     "line 1: the pages are not those of the range"},
    {"shell, no attributes",
     TEXT("Available  0000000000000000-000000000009EFFF 00000000000000A0\n"),
     "line 1: a number is missing"},
    {"shell, a lost line", TEXT(SHELL_LINES "  Reserved  :   2 Pages (8,192 Bytes)\n"),
     "line 3: this total contradicts the lines"},
    {"shell, a line too many", TEXT(SHELL_LINES "  Reserved  :   0 Pages (0 Bytes)\n"),
     "line 3: this total contradicts the lines"},
    {"shell, bytes of a total", TEXT(SHELL_LINES "  Reserved  :   1 Pages (8,192 Bytes)\n"),
     "line 3: the bytes of this total are not those of its pages"},
    {"shell, sum", TEXT(SHELL_LINES "\nTotal Memory: 0 MB (655,360 Bytes)\n"),
     "line 4: the total of memory contradicts the lines"},
    {"shell, sum in MB", TEXT(SHELL_LINES "\nTotal Memory: 1 MB (651,264 Bytes)\n"),
     "line 4: the bytes of this total are not those of its MB"},
    {"shell, the lines do not add up",
     TEXT("Available  0000000000000000-FFFFFFFFFFFFFFFF 8000000000000000 000000000000000F\n"
          "Available  0000000000000000-FFFFFFFFFFFFFFFF 8000000000000000 000000000000000F\n"
          "  Available :   0 Pages (0 Bytes)\n"),
     "line 3: this total contradicts the lines"},
};

/* breaks VT3 */
static void test_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++)
        check_case(&damage[i]);
}

/* Which map of a text: the richest form of the last boot. */
#define OTHER_E820 "BIOS-e820: [mem 0x0000000000003000-0x0000000000003fff] usable"
#define NEXT_E820  "BIOS-e820: [mem 0x0000000000008000-0x0000000000008fff] usable"
static const struct text_case choice[] = {
    {"EFI before e820", TEXT(E820_LINE "\n" EFI_LINE "\n"), "linux-efi 2:1000+1000 7/f"},
    {"EFI before e820, in the other order", TEXT(EFI_LINE "\n" E820_LINE "\n" NEXT_E820 "\n"),
     "linux-efi 1:1000+1000 7/f"},
    {"e820 before a list", TEXT("1 2 3 4\n" E820_LINE), "linux-e820 2:1000+1000 7/0"},
    {"a sound form before a damaged one", TEXT("mem1: type=7, attr=\n" E820_LINE),
     "linux-e820 2:1000+1000 7/0"},
    {"damage in a form that is not read",
     TEXT(EFI_LINE "\nBIOS-e820: [mem 0x9000-0x8000] usable\n"), "linux-efi 1:1000+1000 7/f"},
    {"two boots, by the kernel's banner",
     TEXT("Linux version 5\n" EFI_LINE "\nLinux version 6\n" OTHER_E820 "\n"),
     "linux-e820 4:3000+1000 7/0"},
    {"two boots, by the heading",
     TEXT("BIOS-provided physical RAM map:\n" E820_LINE
          "\ne820: BIOS-provided physical RAM map:\n" OTHER_E820 "\n"),
     "linux-e820 4:3000+1000 7/0"},
    {"two boots, by the version of the firmware",
     TEXT("efi: EFI v2.70 by A\nefi: 0x1000-0x1fff [Reserved|WB]\nefi: EFI v2.70 by B\n"
          "efi: 0x3000-0x3fff [Reserved|WB]\n"),
     "linux-efi 4:3000+1000 0/8"},
    {"two boots, by the first index",
     TEXT(EFI_LINE "\nmem01: type=7, attr=0xf, range=[0x2000-0x3000)"
                   "\n" EFI_LINE "\n"),
     "linux-efi 3:1000+1000 7/f"},
    {"two boots, by the first address", TEXT(E820_LINE "\n" OTHER_E820 "\n" E820_LINE "\n"),
     "linux-e820 3:1000+1000 7/0"},
    {"two boots, e820 again after EFI",
     TEXT(E820_LINE "\n" EFI_LINE "\n" OTHER_E820
                    "\nmem01: type=7, attr=0xf, range=[0x5000-0x6000)\n"),
     "linux-efi 4:5000+1000 7/f"},
    {"two listings of the shell",
     TEXT(SHELL_HEAD SHELL_LINES SHELL_HEAD
          "Available  0000000000001000-0000000000001FFF 0000000000000001 000000000000000F\n"
          "  Available :    1 Pages (4,096 Bytes)\n"),
     "shell 5:1000+1000 7/f"},
    {"two listings of Xen",
     TEXT("(XEN) EFI memory map:\n(XEN) 0000000001000-0000000001fff type=7 attr=f\n"
          "(XEN) EFI memory map:\n(XEN) 0000000003000-0000000003fff type=7 attr=f\n"),
     "xen 4:3000+1000 7/f"},
    {"two dumps",
     TEXT("0, 7, EfiConventionalMemory, 0, 1, F\n1, 7, EfiConventionalMemory, 1000, 1, F\n"
          "0, 7, EfiConventionalMemory, 5000, 1, F\n"),
     "csv 3:5000+1000 7/f"},
    {"the last boot has no map", TEXT("Linux version 5\n" E820_LINE "\nLinux version 6\nnothing\n"),
     "linux-e820 2:1000+1000 7/0"},
    {"damage in an older boot",
     TEXT("Linux version 5\nBIOS-e820: [mem 0x1000-0x\nLinux version 6\n" OTHER_E820 "\n"),
     "linux-e820 4:3000+1000 7/0"},
    {"the same start twice in one map", TEXT(E820_LINE "\n" E820_LINE "\n"),
     "linux-e820 1:1000+1000 7/0 2:1000+1000 7/0"},
};

/* breaks VT1, VT2 */
static void test_choice(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof choice / sizeof choice[0]; i++)
        check_case(&choice[i]);
}

/* Too little memory is refused, whatever the text. */
static void test_memory(void **state)
{
    (void)state;
    const char text[] = E820_LINE "\n" OTHER_E820 "\n";
    const size_t size = view_text_memory_size(text, sizeof text - 1);
    struct view view;
    struct view_text_error error;
    char *memory = malloc(size);
    for (size_t less = 16; less <= size; less += 16)
        assert_status(view_read_text(text, sizeof text - 1, memory, size - less, &view, &error),
                      STATUS_NO_MEMORY);
    assert_status(view_read_text(text, sizeof text - 1, memory, size, &view, &error), STATUS_OK);
    assert_int_equal(view.region_count, 2);
    free(memory);
}

static double seconds_for(char *text, size_t size, uint32_t *regions)
{
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    struct reading reading = read_text(text, size);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    assert_status(reading.status, STATUS_OK);
    *regions = reading.view.region_count;
    free(reading.memory);
    return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
}

/* 100 000 lines take as long for each line as 10 000; one line of 10 MB is only a line. */
static void test_large(void **state)
{
    (void)state;
    constexpr size_t lines = 100000, line_max = 80;
    char *text = malloc(lines * line_max);
    double seconds[2] = {};
    for (unsigned turn = 0; turn < 2; turn++) {
        const size_t count = turn == 0 ? lines / 10 : lines;
        size_t size = 0;
        for (size_t i = 0; i < count; i++)
            size += (size_t)snprintf(text + size, line_max,
                                     i % 3 == 0
                                         ? "efi: ACPI=0x%zx000 ESRT=0x1\n"
                                         : "efi: mem%zu: type=7, attr=0xf, range=[0x0-0x0) (0MB)\n",
                                     i);
        uint32_t regions;
        seconds[turn] = seconds_for(text, size, &regions);
        assert_int_equal(regions, count - (count + 2) / 3);
    }
    print_message("  10000 lines %.3f s, 100000 lines %.3f s\n", seconds[0], seconds[1]);
    assert_true(seconds[1] < 10 * 4 * seconds[0] + 0.1);

    const size_t size = lines * line_max;
    memset(text, 'x', size);
    memcpy(text + size - sizeof E820_LINE, "\n" E820_LINE, sizeof E820_LINE);
    uint32_t regions;
    (void)seconds_for(text, size, &regions);
    assert_int_equal(regions, 1);
    free(text);
}

/* Every line of a real log may be the last, and may lose its end. */
static void test_cuts(void **state)
{
    (void)state;
    const char *const names[] = {"efi/asus-zenbook-ux391fa.txt", "efi/acer-aspire-a315-55g.txt",
                                 "efi/mikanos-intel-pc-a.txt",
                                 "efi/xen-intel-atom-c2750-avoton.txt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, MAPS_DIRECTORY "%s", names[i]);
        size_t size;
        char *text = map_corpus_load(path, &size);
        for (size_t cut = 0; cut < size; cut += 7) {
            struct reading reading = read_text(text, cut);
            if (reading.status != STATUS_OK)
                assert_non_null(reading.error.reason);
            free(reading.memory);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),  cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_damage), cmocka_unit_test(test_choice),
        cmocka_unit_test(test_memory), cmocka_unit_test(test_large),
        cmocka_unit_test(test_cuts),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
