/* SPDX-License-Identifier: MIT
 * Terminus by Dimitar Zhekov (SIL Open Font License), from Debian's console-setup-linux. */
#include "font.h"

static const unsigned char normal[] = {
#embed "fonts/normal.psf"
};
static const unsigned char large[] = {
#embed "fonts/large.psf"
};

const struct font_file font_normal = {normal, sizeof normal};
const struct font_file font_large = {large, sizeof large};
