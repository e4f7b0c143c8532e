/* SPDX-License-Identifier: MIT
 * What may stand behind a command's name, as text: one line for each way to call it, in a line its places, a blank
 * before each but the first.
 *
 *   raw|lint [entry|final]    one of these words; a place in brackets may be left out, and then all behind it too
 *   probe ADDRESS             a value, in capitals: any word, which the command reads itself
 *                             an empty line: nothing
 *
 * A bar before the first word or behind the last means nothing, so that lists of words can be made by macros. This one
 * text is shown, judges what was typed, and completes it. Pure. */
#ifndef KERNEL_USAGE_H
#define KERNEL_USAGE_H

#include <base/format.h>

/* Words are not terminated; they stay as long as what they are part of. */
typedef void word_visit(void *owner, const char *word, size_t length);

/* Visit (if not null) what may stand behind the first `count` words, in the order of the text. True: nothing may, too. */
bool usage_next(const char *usage, unsigned count, const char *const *words, word_visit *visit,
                void *owner);

/* How many of the words fit, from the first one on. */
unsigned usage_fits(const char *usage, unsigned count, const char *const *words);

/* Is it a value: nothing that is typed as it is? */
bool usage_is_value(const char *word, size_t length);

/* The only line, if there is one and it fits. */
bool usage_short(const char *usage, char *buffer, size_t size);

/* "NAME line", each on a line that begins with `indent` blanks. */
void usage_tell(const char *usage, const char *name, unsigned indent, const struct text_sink *sink);

#endif
