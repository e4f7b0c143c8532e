#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Does signing give a program with the right signature, and a readable sentence when it cannot? Needs $BUILD/BOOTX64.EFI.
set -eu
build=${BUILD:-build}
program=$build/BOOTX64.EFI
scratch=$(mktemp -d)
signed=$scratch/signed
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "FAIL: $*"
    exit 1
}

for name in mine other; do
    openssl req -new -x509 -newkey rsa:2048 -nodes -subj "/CN=$name/" -days 2 \
        -keyout "$scratch/$name.key" -out "$scratch/$name.crt" 2>/dev/null
done

refused() { # WANTED ARGUMENTS...: the sentence has WANTED in it, and nothing is written
    local wanted=$1 said
    shift
    if said=$(tools/sign "$@" "$scratch/out" 2>&1); then fail "accepted: $*"; fi
    [[ $said == "sign: "*"$wanted"* ]] || fail "'$wanted' is not in: $said"
    [ ! -e "$scratch/out" ] || fail "a file was written: $*"
}

keys=(--key "$scratch/mine.key" --cert "$scratch/mine.crt")
refused 'make sign KEY=' "$program"
refused 'make sign KEY=' --key "$scratch/mine.key" "$program"
refused 'nothing cannot be read' --key "$scratch/nothing" --cert "$scratch/mine.crt" "$program"
refused 'not match certificate' --key "$scratch/other.key" --cert "$scratch/mine.crt" "$program"
openssl x509 -in "$scratch/mine.crt" -outform der -out "$scratch/mine.der"
refused 'openssl x509 -inform der' --key "$scratch/mine.key" --cert "$scratch/mine.der" "$program"
refused 'make builds it' "${keys[@]}" "$scratch/nothing"
refused 'could not sign' "${keys[@]}" Makefile

unset MAKEFLAGS MFLAGS MAKELEVEL
make -s B="$build" SIGNED="$signed" sign KEY="$scratch/mine.key" CERT="$scratch/mine.crt" >"$scratch/said" 2>&1 ||
    fail "make sign: $(cat "$scratch/said")"
sbverify --cert "$scratch/mine.crt" "$signed/BOOTX64.EFI" >/dev/null || fail "the signature is not right"
mtype -i "$signed/freehold.img@@1M" ::EFI/BOOT/BOOTX64.EFI | cmp -s - "$signed/BOOTX64.EFI" ||
    fail "the signed program is not on the stick"
if make -s B="$build" SIGNED="$signed" sign >"$scratch/said" 2>&1; then fail "make sign without a key"; fi
grep -q '^sign: a key and its certificate are needed' "$scratch/said" || fail "make sign says: $(cat "$scratch/said")"

# What sbverify must notice: another key's certificate, one changed byte.
if sbverify --cert "$scratch/other.crt" "$signed/BOOTX64.EFI" >/dev/null 2>&1; then fail "any key will do"; fi
cp "$signed/BOOTX64.EFI" "$scratch/bad"
printf '\377' | dd of="$scratch/bad" bs=1 seek=8192 conv=notrunc status=none
if sbverify --cert "$scratch/mine.crt" "$scratch/bad" >/dev/null 2>&1; then fail "a changed byte was not noticed"; fi
echo "signed, on a stick; 8 refusals; another key and a changed byte noticed"
