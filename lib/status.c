/* SPDX-License-Identifier: MIT */
#include <base/status.h>

const char *status_text(status_t status)
{
    static const char *const texts[STATUS_COUNT] = {
#define STATUS_TEXT(name, text) [STATUS_##name] = (text),
        STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
    };
    return status < STATUS_COUNT ? texts[status] : "not a status";
}
