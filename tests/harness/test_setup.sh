#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tools/setup: silent and fast when all is there; says what and why when something is missing; installs nothing here.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "FAIL: $*"
    exit 1
}

start=$(date +%s%N)
said=$(tools/setup </dev/null) || fail "status $? although all was there"
took=$((($(date +%s%N) - start) / 1000000))
[ -z "$said" ] || fail "it speaks although nothing is missing: $said"
[ "$took" -lt 2000 ] || fail "it took $took ms to find that nothing is missing"

# A machine that lacks one package: its apt-get only notes what it is asked for.
mkdir "$scratch/bin"
printf '#!/bin/sh\necho "$*" >>%s/asked\n' "$scratch" >"$scratch/bin/apt-get"
chmod +x "$scratch/bin/apt-get"
ln -s "$(command -v env)" "$scratch/bin/sudo"
sed 's/^dosfstools /no-such-package /' tools/setup >"$scratch/setup"
said=$(PATH=$scratch/bin:$PATH bash "$scratch/setup" </dev/null) || fail "status $? with an apt-get that works"
[[ $said == *no-such-package*"checks that file system"* ]] || fail "it does not say what is missing and why: $said"
grep -q 'install --no-install-recommends no-such-package$' "$scratch/asked" || fail "it asked for: $(cat "$scratch/asked")"

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
[[ $said == *clang-19*"no apt-get"* ]] || fail "no readable sentence on another system: $said"
echo "silent in $took ms; a missing package, a failing apt-get and another system are told"
