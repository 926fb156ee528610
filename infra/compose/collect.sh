#!/bin/sh
# Copies programs and the libraries they load to a folder, and sets the same time for everything there
# except the pages: browsers compare the time of a page to see whether it changed.
#
#     collect.sh FOLDER PROGRAM...
set -eu
out=$1
shift
for program in "$@"; do
    install -D -m 755 "$program" "$out$program"
    # ldd prints `name => path (address)`, and only a path for the loader.
    ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
        install -D -m 755 "$(readlink -f "$library")" "$out$library"
    done
done
find "$out" ! \( -path "$out/srv/app/*" -type f \) -exec touch --no-dereference --date=@0 {} +
