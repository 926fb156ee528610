#!/bin/bash
# Tests the units of infra/systemd with a real systemd: installs them as infra/README.md describes, in a
# Debian that runs in a container with the rights of a machine, and plays whole matches while units are
# killed and stopped. Needs root, docker.io and debootstrap.
#
#     tests/external/compose/systemd.sh
#
# PROGRAMS: a folder of static programs that are already built (infra/programs.sh). BOTS: the built bots.
# Ends with `N passed, 0 failed`.
set -euo pipefail
cd "$(dirname "$0")/../../.."
. tests/external/compose/lib.sh
export HTTPS_PORT=${HTTPS_PORT:-18444}
machine=skirmish-machine$$ url=https://127.0.0.1:$HTTPS_PORT
inside() { docker exec "$machine" "$@"; }
say_more() { inside systemctl --no-pager --failed; inside journalctl --no-pager --lines 60; }
clean_up() { docker rm --force --volumes "$machine"; }
start_engine

# ---- a machine ----

programs=${PROGRAMS:-${CARGO_TARGET_DIR:-target}/served}
if [ -z "${PROGRAMS:-}" ]; then quietly infra/programs.sh "$programs"; fi
if [ ! -e web/console/dist/console.html ]; then quietly npm --prefix web ci && quietly npm --prefix web run build; fi
quietly tests/external/compose/base.sh
mkdir "$work/machine"
cat >"$work/machine/Dockerfile" <<'END'
FROM skirmish-base:bookworm
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    systemd systemd-sysv procps redis-server nginx-light openssl ca-certificates
STOPSIGNAL SIGRTMIN+3
CMD ["/lib/systemd/systemd"]
END
quietly docker build --tag skirmish-machine "$work/machine"
# All capabilities but one: `--privileged` also needs SYS_RESOURCE, which not every virtual machine has.
quietly docker run --detach --cap-add ALL --cap-drop SYS_RESOURCE --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
    --security-opt systempaths=unconfined --name "$machine" --tmpfs /run --tmpfs /run/lock --volume /sys/fs/cgroup:/sys/fs/cgroup \
    --cgroupns host --publish "127.0.0.1:$HTTPS_PORT:443" --volume "$PWD:/skirmish:ro" --volume "$(realpath "$programs"):/programs:ro" \
    skirmish-machine
up() { inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; }
check "systemd runs" until_ 60 up

# ---- as infra/README.md describes ----

install() {
    inside systemctl disable --now redis-server nginx &&
        inside useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin skirmish &&
        inside /skirmish/infra/systemd/install.sh /programs &&
        inside env REDIS=127.0.0.1:6380 /skirmish/infra/setup.sh /etc/skirmish 127.0.0.1 "$HTTPS_PORT" &&
        # All bots have the same address, and their matches are short.
        inside sh -c 'echo "RATE=1000r/s\nBURST=1000\nCONNECTIONS=1000" >/etc/skirmish/nginx.env' &&
        inside sed -i 's|^SETTINGS=.*|SETTINGS={"match_seconds":20}|' /etc/skirmish/skirmish.env &&
        inside chown -R skirmish: /etc/skirmish &&
        inside systemctl enable --now skirmish.target
}
check "it is installed" quietly install
units() { inside systemctl list-units --all --plain --no-legend 'skirmish-*.service'; }
functions=(functions/src/bin/*.rs)
# One for each function; and Redis, the runtime, the gateway, nginx and two relays.
wanted=$((${#functions[@]} + 6))
all_run() { [ "$(units | grep -c ' active *running ')" = "$wanted" ] && ask "$url/healthz" >/dev/null; }
ask() { curl --silent --show-error --fail --max-time 5 --cacert "$work/chain.pem" "$@"; }
inside cat /etc/skirmish/tls/chain.pem >"$work/chain.pem"
export SSL_CERT_FILE=$work/chain.pem
check "$wanted units run" until_ 60 all_run

# ---- matches ----

find_bots
check "two matches are played to their end" play --matches 2 --players 4
relay_says() { inside /opt/skirmish/bin/container show "http://127.0.1.$1:9401/metrics" | sed -n "s/^$2 //p"; }
hosts() { [ "$(relay_says "$1" skirmish_rooms)" -ge 1 ]; }
check "matches continue when a relay is killed" during "hosts 1" inside systemctl kill --signal KILL skirmish-relay@1
check "systemd starts it again" until_ 60 all_run
check "matches continue when a relay is stopped" during "hosts 2" inside systemctl restart skirmish-relay@2
check "matches continue when Redis is killed" during "hosts 1" inside systemctl kill --signal KILL skirmish-redis
check "all units run again" until_ 60 all_run
all_stop() { inside systemctl stop skirmish.target && [ "$(units | grep -c ' active ')" = 0 ]; }
check "stopping the target stops all units" all_stop
echo "$passed passed, 0 failed"
