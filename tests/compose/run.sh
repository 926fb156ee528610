#!/bin/bash
# Docker compose, tried with a real engine: builds the images, starts all of it, plays whole matches through nginx's TLS port, kills
# and stops parts meanwhile. As root on a machine with docker.io, docker-compose, debootstrap, musl-tools; without a registry.
#
#     tests/compose/run.sh
#
# PROGRAMS: static programs that are built already (infra/images.sh). BOTS: the bots. Where no engine runs, one is started for this,
# in a folder that is removed. Ends with `N passed, 0 failed`.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d) passed=0
project=skirmish-test$$
export HTTPS_PORT=${HTTPS_PORT:-18443} HTTP_PORT=${HTTP_PORT:-18080} SUBNET=${SUBNET:-10.213.9} VERSION=test OWN=$work/own
# All bots have one address.
export RATE=1000r/s BURST=1000 CONNECTIONS=1000
url=https://127.0.0.1:$HTTPS_PORT

compose() { docker-compose --project-name "$project" --file infra/docker-compose.yml "$@"; }
# Cut short, so that a test never fails for a word.
quietly() { "$@" >"$work/said" 2>&1 || { tail -n 40 "$work/said" >&2; return 1; }; }
passed() { passed=$((passed + 1)); echo "ok      $1"; }
failed() { echo "FAILED  $1" >&2; compose ps >&2; compose logs --tail 15 >&2; echo "$passed passed, 1 failed"; exit 1; }
check() { local what=$1; shift; if "$@"; then passed "$what"; else failed "$what"; fi; }
# until TRIES COMMAND…: half a second apart.
until_() { local tries=$1; shift; for _ in $(seq "$tries"); do if "$@"; then return 0; fi; sleep 0.5; done; return 1; }
ended() {
    compose down --volumes --timeout 3 >/dev/null 2>&1 || true
    if [ -n "${engine:-}" ]; then kill "$engine"; wait "$engine" || true; fi
    # What is left mounted is not ours to remove.
    rm -rf --one-file-system "$work" 2>/dev/null || true
}
trap ended EXIT

# ---- an engine, where none runs: in a folder of its own ----

if ! docker info >/dev/null 2>&1; then
    dockerd --data-root "$work/engine" --exec-root "$work/exec" --pidfile "$work/pid" --host "unix://$work/socket" \
        >"$work/dockerd.log" 2>&1 &
    engine=$!
    export DOCKER_HOST=unix://$work/socket
    until_ 60 docker info >/dev/null 2>&1 || { tail -n 20 "$work/dockerd.log" >&2; exit 1; }
fi

# ---- images ----

quietly tests/compose/base.sh
BASE=skirmish-base:bookworm quietly infra/images.sh "$VERSION"
images() { docker images --format '{{.Repository}}' --filter "reference=skirmish/*:$VERSION"; }
megabytes() { echo $(($(docker image inspect --format '{{.Size}}' "skirmish/$1:$VERSION") / 1000000)); }
small() {
    local name size
    for name in $(images); do
        name=${name#skirmish/} size=$(megabytes "$name")
        # cargo-lambda, as it comes, is larger than all the rest of its image.
        [ "$size" -le 20 ] || { [ "$name" = lambda ] && [ "$size" -le 40 ]; } || { echo "$name: $size MB"; return 1; }
    done
    [ "$(images | wc -l)" = 19 ]
}
check "19 images of at most 20 MB, cargo-lambda's of 40" small

# ---- it runs, shut in ----

quietly infra/setup.sh "$OWN" 127.0.0.1 "$HTTPS_PORT"
sed -i 's|^SETTINGS=.*|SETTINGS={"match_seconds":20}|' "$OWN/skirmish.env"
quietly compose up --detach
all_healthy() {
    local states
    states=$(docker inspect --format '{{.State.Health.Status}}' $(compose ps --quiet)) && ! grep -qv '^healthy$' <<<"$states"
}
check "all parts are healthy" until_ 180 all_healthy

shut_in() {
    local said
    said=$(docker inspect --format '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.Config.User}} {{.HostConfig.SecurityOpt}} {{.HostConfig.RestartPolicy.Name}} {{if .HostConfig.Memory}}memory{{end}} {{if .HostConfig.NanoCpus}}cpus{{end}} {{.HostConfig.PidsLimit}}' \
        $(compose ps --quiet) | sort -u)
    [ "$said" = "true [ALL] 65532:65532 [no-new-privileges:true] unless-stopped memory cpus 64" ] || { echo "$said"; return 1; }
}
check "none has root, a capability, a file system to write to, or no limits" shut_in
only_nginx() {
    [ "$(docker ps --filter "label=com.docker.compose.project=$project" --filter publish="1-65535" --format '{{.Label "com.docker.compose.service"}}')" = nginx ] &&
        [ "$(docker network inspect --format '{{.Internal}}' "${project}_inside")" = true ]
}
check "only nginx can be reached, and the rest has no way out" only_nginx
no_way_in() { # without a password Redis tells whether it is well, and nothing else
    compose exec -T redis redis-cli get claim:x 2>&1 | grep -q NOAUTH &&
        compose exec -T redis redis-cli --user health --pass - --no-auth-warning get claim:x 2>&1 | grep -q NOPERM
}
check "Redis wants a password" no_way_in

ask() { curl --silent --show-error --max-time 5 --cacert "$OWN/tls/chain.pem" "$@"; }
check "the page comes over TLS" grep -q '<title>Skirmish' <(ask "$url/app")
check "so does the feedback page" grep -q '<title>Feedback' <(ask "$url/feedback")
check "plain HTTP is sent there" grep -q "^location: $url/app" <(ask --head "http://127.0.0.1:$HTTP_PORT/app" | tr -d '\r' | tr 'L' 'l')

# ---- matches ----

bots=${BOTS:-}
if [ -z "$bots" ]; then
    quietly cargo build --package bots
    bots=${CARGO_TARGET_DIR:-target}/debug/bots
fi
play() { SSL_CERT_FILE=$OWN/tls/chain.pem "$bots" --url "$url" --log warn "$@"; }
check "two matches are played to their end" play --matches 2 --players 4

# Of a game server, by name: rooms it hosts now, rooms it took over.
relay_says() { compose exec -T "$1" /bin/container show "http://127.0.0.1:9401/metrics" | sed -n "s/^$2 //p"; }
hosts() { [ "$(relay_says "$1" skirmish_rooms)" -ge 1 ]; }
during() { # COMMAND…: while matches run on relay-1; they must be played to their end
    play --matches 3 --players 3 >"$work/played" 2>"$work/bots.log" &
    local playing=$!
    if until_ 60 hosts "$relay" && sleep 3 && quietly "$@" && wait "$playing"; then cat "$work/played"; else cat "$work/played" "$work/bots.log"; return 1; fi
}
again() { compose kill "$@" && compose start "$@"; }
relay=relay-1
check "matches live on when relay-1 is killed" during compose kill relay-1
check "relay-2 took them over" test "$(relay_says relay-2 skirmish_rooms_resumed_total)" -ge 1
quietly compose start relay-1
check "relay-1 is back" until_ 60 all_healthy
relay=relay-2
check "matches live on when relay-2 is stopped" during compose stop relay-2
quietly compose start relay-2
relay=relay-1
check "matches live on when the functions' runtime and Redis are killed" during again lambda redis
check "all are back" until_ 120 all_healthy
check "Redis read all of its file again" bash -c "! docker-compose --project-name $project --file infra/docker-compose.yml logs redis 2>/dev/null | grep -q AOF-loading-client"
check "and matches are played" play --matches 1 --players 3
check "no token is in a log" bash -c "! docker-compose --project-name $project --file infra/docker-compose.yml logs 2>/dev/null | grep -E 'eyJ[A-Za-z0-9_-]{10}|ticket=[A-Za-z0-9]'"
echo "$passed passed, 0 failed"
