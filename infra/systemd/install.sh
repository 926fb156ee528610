#!/bin/sh
# Lays Skirmish into /opt/skirmish and its units into /etc/systemd/system: `install.sh FOLDER`, as root, from
# anywhere; FOLDER is what infra/programs.sh filled.
# DESTDIR goes before both. Starts nothing.
set -eu
programs=$(realpath "${1:?the folder of the static programs}")
cd "$(dirname "$0")/../.."
to=${DESTDIR:-}/opt/skirmish units=${DESTDIR:-}/etc/systemd/system

install -d "$to/bin" "$to/app" "$units"
for name in relay gateway container runtime $(cd functions/src/bin && ls ./*.rs | sed 's|^\./||; s|\.rs$||'); do
    # Beside the old one, then in its place: it may be running.
    install -m 755 "$programs/$name" "$to/bin/$name.new"
    mv "$to/bin/$name.new" "$to/bin/$name"
done
cp -r web/demo/dist/. "$to/app"
install -m 644 infra/redis.conf infra/nodes.conf "$to/"
rm -rf "$to/nginx"
cp -r nginx "$to/nginx"
cp -r infra/systemd/*.service infra/systemd/*.service.d infra/systemd/skirmish.target "$units/"
if [ -z "${DESTDIR:-}" ]; then systemctl daemon-reload; fi
