/* SPDX-License-Identifier: MIT
 * Terminus by Dimitar Zhekov (SIL Open Font License), from Debian's console-setup-linux. */
#include <base/font.h>

constexpr unsigned GLYPH_HEIGHT = 16;
/* From each further 2048 pixels on, glyphs are one step larger: there are always over 120 columns. */
constexpr uint32_t PIXELS_PER_SCALE = 2048;

static const unsigned char glyphs[] = {
#embed "fonts/console.glyphs"
};
static_assert(sizeof glyphs == (FONT_LAST - FONT_FIRST + 1) * GLYPH_HEIGHT);

struct font font_for_screen(uint32_t pixels_wide)
{
    const unsigned scale = 1 + pixels_wide / PIXELS_PER_SCALE;
    return (struct font){
        .width = FONT_WIDTH_MAX,
        .height = GLYPH_HEIGHT,
        .scale = scale < FONT_SCALE_MAX ? scale : FONT_SCALE_MAX,
        .glyphs = glyphs,
    };
}
