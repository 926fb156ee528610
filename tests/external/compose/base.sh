#!/bin/sh
# Creates the Debian image that redis and nginx come from with debootstrap, for a machine that reaches no
# registry.
#
#     tests/external/compose/base.sh [NAME]
#
# Needs root, debootstrap and docker. Downloads 45 MB and removes its working folder.
set -eu
name=${1:-skirmish-base:bookworm} suite=bookworm
if docker image inspect "$name" >/dev/null 2>&1; then
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
debootstrap --variant=minbase "$suite" "$folder/system" >"$folder/log" 2>&1 || {
    tail -n 20 "$folder/log" >&2
    exit 1
}
rm -rf "$folder"/system/var/cache/apt/archives/*.deb "$folder"/system/usr/share/doc "$folder"/system/usr/share/man "$folder"/system/usr/share/locale
tar --directory "$folder/system" --exclude=./dev --exclude=./proc --exclude=./sys --create . | docker import - "$name" >/dev/null
