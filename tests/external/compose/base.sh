#!/bin/sh
# Makes the image that redis and nginx are taken from, where no registry can be reached: Debian itself, as debootstrap makes it.
#
#     tests/external/compose/base.sh [NAME]
#
# Needs root, debootstrap and docker. 45 MB of downloads; the folder it works in is removed.
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
