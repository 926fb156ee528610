#!/bin/sh
# Copies programs with the libraries they load into a folder, and gives everything there the same time, but for the pages:
# their time tells browsers whether one changed. `collect.sh FOLDER PROGRAM…`
set -eu
out=$1
shift
for program in "$@"; do
    install -D -m 755 "$program" "$out$program"
    # `name => path (address)`, and the loader, which is a path alone.
    ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
        install -D -m 755 "$(readlink -f "$library")" "$out$library"
    done
done
find "$out" ! \( -path "$out/srv/app/*" -type f \) -exec touch --no-dereference --date=@0 {} +
