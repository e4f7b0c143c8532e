/* SPDX-License-Identifier: MIT
 * The picture of memory: strips, each to scale, each twice as telling as the table it stands above. One of all
 * addresses up to the end of memory, one below 4 GiB, where the devices are, one of the first MiB.
 * Coordinates are millionths of the strip, in integers: an area is right to a thousandth of a pixel. */
#include "html_private.h"
#include <inspect/words.h>

struct strip {
    const char *name;
    uint64_t end; /* each starts at address 0 */
};

static constexpr uint64_t UNITS = 1000000;

/* Where `address` is in a strip of `size` bytes; both are made small enough that nothing overflows. */
static uint64_t units(uint64_t address, uint64_t size)
{
    static_assert(PHYS_BITS_MAX <= 52);
    const unsigned shift = size > UINT64_C(1) << 40 ? PAGE_SHIFT : 0;
    return (address >> shift) * UNITS / (size >> shift);
}

static void area(const struct memory_range *range, uint64_t end, const struct text_sink *sink)
{
    const uint64_t first = range->start.value;
    const uint64_t last = range->end.value < end ? range->end.value : end;
    const uint64_t x = units(first, end);
    const char *class = memory_class_name(range->class);
    sink_print(sink,
               "<rect class=\"%s\" x=\"%" PRIu64 "\" y=\"0\" width=\"%" PRIu64
               "\" height=\"1\" data-start=\"0x%" PRIx64 "\" data-end=\"0x%" PRIx64 "\">",
               class, x, units(last, end) - x, first, range->end.value);
    sink_print(sink, "<title>0x%" PRIx64 "..0x%" PRIx64 " %s, %s</title></rect>\n", first,
               range->end.value, class, size_text(range->end.value - first).text);
}

static void draw_strip(const struct memory_map *map, const struct strip *strip,
                       const struct text_sink *sink)
{
    sink_print(sink, "<h3>%s</h3>\n", strip->name);
    sink_print(sink,
               "<svg class=\"strip\" viewBox=\"0 0 %" PRIu64
               " 1\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s\" "
               "data-start=\"0x0\" data-end=\"0x%" PRIx64 "\">\n",
               UNITS, strip->name, strip->end);
    for (size_t i = 0; i < map->range_count && map->ranges[i].start.value < strip->end; i++)
        area(&map->ranges[i], strip->end, sink);
    sink_print(sink,
               "</svg><div class=\"scale\"><span>0x0</span><span>0x%" PRIx64 "</span></div>\n",
               strip->end);
}

static void draw_legend(const struct memory_map *map, const struct text_sink *sink)
{
    sink_print(sink, "<ul class=\"legend\">\n");
    for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++) {
        if (map->bytes[class] == 0)
            continue;
        const char *name = memory_class_name(class);
        sink_print(sink, "<li><span class=\"swatch %s\"></span>%s, %s</li>\n", name, name,
                   size_text(map->bytes[class]).text);
    }
    sink_print(sink, "</ul>\n");
}

static uint64_t end_of_memory(const struct memory_map *map)
{
    for (size_t i = map->range_count; i-- > 0;)
        if (memory_class_is_ram(map->ranges[i].class))
            return map->ranges[i].end.value;
    return 0;
}

void html_picture(const struct inspection *inspection, const struct text_sink *sink)
{
    const struct memory_map *map = inspection->map;
    const uint64_t end = end_of_memory(map);
    const struct strip strips[] = {{"All memory", end > 4 * GIB ? end : 0},
                                   {"Below 4 GiB", 4 * GIB},
                                   {"The first MiB", 1 * MIB}};
    sink_print(sink, "<section id=\"picture\"><h2>Picture of memory</h2>\n"
                     "<p class=\"soft\">To scale; what is not coloured is not described.</p>\n");
    draw_legend(map, sink);
    for (size_t i = 0; i < sizeof strips / sizeof strips[0]; i++)
        if (map->range_count != 0 && map->ranges[0].start.value < strips[i].end)
            draw_strip(map, &strips[i], sink); /* others would be empty */
    sink_print(sink, "</section>\n");
}
