#!/bin/sh
# Installs Skirmish to /opt/skirmish and its units to /etc/systemd/system: `install.sh FOLDER`, as root.
# FOLDER is what infra/programs.sh built. DESTDIR is put before both paths. Starts nothing. With WEBTRANSPORT=on, players
# reach the relays by UDP too; without it, they do not.
set -eu
programs=$(realpath "${1:?the folder of the static programs}")
cd "$(dirname "$0")/../.."
to=${DESTDIR:-}/opt/skirmish units=${DESTDIR:-}/etc/systemd/system

install -d "$to/bin" "$to/app" "$to/console" "$units"
for name in relay functions gateway runtime container; do
    # The file of a running program cannot be overwritten, but it can be replaced.
    install -m 755 "$programs/$name" "$to/bin/$name.new"
    mv "$to/bin/$name.new" "$to/bin/$name"
done
# The program `functions` runs the function whose name it is started under.
for file in functions/src/bin/*.rs; do
    ln -sf functions "$to/bin/$(basename "$file" .rs)"
done
cp -r web/demo/dist/. "$to/app"
cp -r web/console/dist/. "$to/console"
install -m 644 infra/redis.conf infra/nodes.conf "$to/"
rm -rf "$to/nginx"
cp -r nginx "$to/nginx"
cp -r infra/systemd/*.service infra/systemd/*.service.d infra/systemd/skirmish.target "$units/"
drop_in="$units/skirmish-relay@.service.d"
rm -f "$drop_in/webtransport.conf"
if [ "${WEBTRANSPORT:-}" = on ]; then
    install -D -m 644 infra/systemd/webtransport.conf "$drop_in/webtransport.conf"
fi
if [ -z "${DESTDIR:-}" ]; then systemctl daemon-reload; fi
