#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tools/setup is silent when all is there, says what is missing and why, and each make target asks for its own groups.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "FAIL: $*"
    exit 1
}

said=$(tools/setup </dev/null) || fail "status $? although all was there"
[ -z "$said" ] || fail "it speaks although nothing is missing: $said"
if tools/setup everything </dev/null 2>/dev/null; then
    fail "success with a group that there is not"
fi

# A machine that lacks one package: its apt-get only notes what it is asked for.
mkdir "$scratch/bin"
printf '#!/bin/sh\necho "$*" >>%s/asked\n' "$scratch" >"$scratch/bin/apt-get"
chmod +x "$scratch/bin/apt-get"
ln -s "$(command -v env)" "$scratch/bin/sudo"
sed 's/| dosfstools /| no-such-package /' tools/setup >"$scratch/setup"
said=$(PATH=$scratch/bin:$PATH bash "$scratch/setup" </dev/null) || fail "status $? with an apt-get that works"
[[ $said == *no-such-package*"checks that file system"* ]] || fail "it does not say what is missing and why: $said"
grep -q 'install --no-install-recommends no-such-package$' "$scratch/asked" || fail "it asked for: $(cat "$scratch/asked")"

# Two at once: this apt-get is as its model, and does not run twice.
printf '#!/bin/sh\nmkdir %s/lock && sleep 0.2 && rmdir %s/lock\n' "$scratch" "$scratch" >"$scratch/bin/apt-get"
PATH=$scratch/bin:$PATH bash "$scratch/setup" </dev/null >/dev/null 2>"$scratch/first" &
PATH=$scratch/bin:$PATH bash "$scratch/setup" </dev/null >/dev/null || fail "status $? beside another one"
wait $! || fail "two at once: $(cat "$scratch/first")"

printf '#!/bin/sh\nexit 100\n' >"$scratch/bin/apt-get"
if said=$(PATH=$scratch/bin:$PATH bash "$scratch/setup" </dev/null 2>&1); then
    fail "success although apt-get failed"
fi
[[ $said == *"apt-get failed"* ]] || fail "it does not say that apt-get failed: $said"

# Another system: neither dpkg-query nor apt-get; bash, the usual small tools, and none of ours.
mkdir "$scratch/foreign"
for tool in bash awk sort comm env id; do
    ln -s "$(command -v $tool)" "$scratch/foreign/$tool"
done
sed 's/^PATH=.*$//' tools/setup >"$scratch/setup"
if said=$(PATH=$scratch/foreign bash "$scratch/setup" </dev/null 2>&1); then
    fail "success on a system that has nothing"
fi
[[ $said == *clang-19*chromium*"no apt-get"* ]] || fail "no readable sentence on another system: $said"
said=$(PATH=$scratch/foreign bash "$scratch/setup" build </dev/null 2>&1) || true
[[ $said == *clang-19* && $said != *chromium* && $said != *qemu* ]] || fail "group build wants: $said"

# What make would run on a fresh machine.
asks() {
    make -n B="$scratch/build" "$@" 2>/dev/null | sed -n 's/.*tools\/setup \([a-z]*\) .*/\1/p' | sort -u | tr '\n' ' '
}
[ "$(asks all)" = "build " ] || fail "make all asks for: $(asks all)"
[ "$(asks "$scratch/build/host/memmap")" = "build " ] || fail "memmap asks for: $(asks "$scratch/build/host/memmap")"
[ "$(asks unit lint)" = "build test " ] || fail "make unit lint asks for: $(asks unit lint)"
[ "$(asks run)" = "build run " ] || fail "make run asks for: $(asks run)"
[ "$(asks usb)" = "build run " ] || fail "make usb asks for: $(asks usb)"
[ "$(asks test)" = "build run test " ] || fail "make test asks for: $(asks test)"
echo "a missing package, a failing apt-get and another system are told; targets ask for their groups"
