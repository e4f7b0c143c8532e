#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Is the image of the boot stick sound, complete and the same every time? Needs $BUILD/BOOTX64.EFI.
set -eu
PATH=$PATH:/usr/sbin:/sbin
program=${BUILD:-build}/BOOTX64.EFI
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "FAIL: $*"
    exit 1
}

sound() { # IMAGE: partition table and file system hold what they should
    sgdisk --verify "$1" | grep -q 'No problems found' || return 1
    sgdisk --info=1 "$1" | grep -q 'EFI system partition' || return 1
    sgdisk --info=1 "$1" | grep -q '^First sector: 2048 ' || return 1
    local sectors
    sectors=$(sgdisk --info=1 "$1" | awk '/^Partition size:/ {print $3}')
    [ "$sectors" -ge 131072 ] || return 1 # 64 MiB
    dd if="$1" of="$scratch/fat" bs=1M skip=1 count=$((sectors / 2048)) status=none conv=sparse
    fsck.fat -n "$scratch/fat" >"$scratch/fsck" || return 1
    [ "$(dd if="$scratch/fat" bs=1 skip=82 count=5 status=none)" = FAT32 ] || return 1
}

content() { # IMAGE PATH
    mtype -i "$1@@1M" "::$2"
}

tools/make_usb_image "$program" esp "$scratch/one"
sound "$scratch/one" || fail "the image is not sound: $(cat "$scratch/fsck")"
content "$scratch/one" EFI/BOOT/BOOTX64.EFI | cmp -s - "$program" || fail "BOOTX64.EFI is not on it"
content "$scratch/one" README.TXT | cmp -s - esp/README.TXT || fail "README.TXT is not on it"
content "$scratch/one" LICENSE | cmp -s - LICENSE || fail "LICENSE is not on it"
mdir -i "$scratch/one@@1M" ::freehold >/dev/null || fail "there is no folder freehold"

tools/make_usb_image --options 'run="exit ok"' "$program" esp "$scratch/options"
[ "$(content "$scratch/options" freehold/options.txt)" = 'run="exit ok"' ] || fail "the options are not on it"

sleep 2 # the resolution of a FAT time stamp
tools/make_usb_image "$program" esp "$scratch/two"
cmp "$scratch/one" "$scratch/two" || fail "two images of the same files differ"

# What `sound` must notice.
cp "$scratch/one" "$scratch/bad"
printf '\377\377\377\377' | dd of="$scratch/bad" bs=1 seek=1040 conv=notrunc status=none # in the GPT header
! sound "$scratch/bad" || fail "a damaged partition table was not noticed"
cp "$scratch/one" "$scratch/bad"
printf '\377\377\377\377' | dd of="$scratch/bad" bs=1 seek=$((1048576 + 32 * 512 + 12)) conv=notrunc status=none # in the FAT
! sound "$scratch/bad" || fail "a damaged allocation table was not noticed"

if tools/make_usb_image "$scratch/nothing" esp "$scratch/three" 2>/dev/null || [ -e "$scratch/three" ]; then
    fail "an image was made of a program that does not exist"
fi
echo "sound, complete, the same twice; 2 damages noticed"
