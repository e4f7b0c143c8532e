/* SPDX-License-Identifier: MIT
 * What every reader, rule and renderer says about a view: the words of its lists. The lists stand in view.h, once;
 * a number that is none of a list has a word too, since it may come from a file. */
#include <inspect/view.h>
#include <mm/memory_map.h>

const char *view_form_word(enum view_form form)
{
    static const char *const words[] = {
#define FORM_WORD(name, word, text) [VIEW_##name] = (word),
        VIEW_FORM_LIST(FORM_WORD)
#undef FORM_WORD
    };
    return form < VIEW_FORM_COUNT ? words[form] : "unknown";
}

const char *view_form_text(enum view_form form)
{
    static const char *const texts[] = {
#define FORM_TEXT(name, word, text) [VIEW_##name] = (text),
        VIEW_FORM_LIST(FORM_TEXT)
#undef FORM_TEXT
    };
    return form < VIEW_FORM_COUNT ? texts[form] : "unknown";
}

const char *view_fact_text(enum view_fact fact)
{
    static const char *const texts[] = {
#define FACT_TEXT(name, text, unless) [VIEW_FACT_##name] = (text),
        VIEW_FACT_LIST(FACT_TEXT)
#undef FACT_TEXT
    };
    return fact < VIEW_FACT_COUNT ? texts[fact] : "unknown";
}

const char *view_fact_unless(enum view_fact fact)
{
    static const char *const reasons[] = {
#define FACT_UNLESS(name, text, unless) [VIEW_FACT_##name] = (unless),
        VIEW_FACT_LIST(FACT_UNLESS)
#undef FACT_UNLESS
    };
    return fact < VIEW_FACT_COUNT ? reasons[fact] : "unknown";
}

const char *place_kind_text(enum place_kind kind)
{
    static const char *const texts[] = {
#define PLACE_TEXT(name, text) [PLACE_##name] = (text),
        VIEW_PLACE_LIST(PLACE_TEXT)
#undef PLACE_TEXT
    };
    return kind < PLACE_KIND_COUNT ? texts[kind] : "unknown";
}

struct view view_empty(enum view_form form)
{
    return (struct view){.form = form, .phys_bits = PHYS_BITS_MAX, .vendor = "", .machine = ""};
}
