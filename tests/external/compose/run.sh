#!/bin/bash
# Tests docker compose with a real engine: builds the images, starts everything, runs the tests of
# tests/system/it/outside and plays whole matches through nginx's TLS port, and kills and stops containers
# during matches. Needs root, docker.io, docker-compose, debootstrap, musl-tools, and what `cargo xtask
# test` needs (Chromium, node, Python), but no registry.
#
#     tests/external/compose/run.sh
#
# PROGRAMS: a folder of static programs that are already built (infra/programs.sh). BOTS: the built bots. If
# no engine runs, the script starts one with its data in a temporary folder. Ends with `N passed, 0 failed`.
set -euo pipefail
cd "$(dirname "$0")/../../.."
. tests/external/compose/lib.sh
project=skirmish-test$$
export HTTPS_PORT=${HTTPS_PORT:-18443} HTTP_PORT=${HTTP_PORT:-18080} SUBNET=${SUBNET:-10.213.9} VERSION=test OWN=$work/own
# All bots have the same address.
export RATE=1000r/s BURST=1000 CONNECTIONS=1000
url=https://127.0.0.1:$HTTPS_PORT

files=(--file infra/compose/docker-compose.yml)
compose() { docker-compose --project-name "$project" "${files[@]}" "$@"; }
# Before it is set up, nothing runs.
is_set_up() { [ -e "$OWN/skirmish.env" ]; }
say_more() { if is_set_up; then compose ps; compose logs --tail 15; fi; }
clean_up() { if is_set_up; then compose down --volumes --timeout 3; fi; }
start_engine

# ---- images ----

quietly tests/external/compose/base.sh
BASE=skirmish-base:bookworm quietly infra/compose/images.sh "$VERSION"
images() { docker images --format '{{.Repository}}' --filter "reference=skirmish/*:$VERSION"; }
megabytes() { echo $(($(docker image inspect --format '{{.Size}}' "skirmish/$1:$VERSION") / 1000000)); }
small() {
    local name size
    for name in $(images); do
        name=${name#skirmish/} size=$(megabytes "$name")
        [ "$size" -le 20 ] || { echo "$name: $size MB"; return 1; }
    done
    [ "$(images | wc -l)" = 6 ]
}
sizes() { for name in $(images); do echo "$(megabytes "${name#skirmish/}") MB  $name"; done; }
check "6 images of at most 20 MB" small
sizes
layers() { images | sort | while read -r name; do docker image inspect --format "$name {{.RootFS.Layers}}" "$name:$VERSION"; done; }
same() {
    local folder=${CARGO_TARGET_DIR:-target}
    layers >"$work/layers"
    PROGRAMS=${PROGRAMS:-$folder/served} BUILD_FLAGS=--no-cache BASE=skirmish-base:bookworm quietly infra/compose/images.sh "$VERSION"
    layers | diff "$work/layers" -
}
check "another build makes the same layers" same

# ---- it runs, isolated ----

quietly infra/setup.sh "$OWN" 127.0.0.1 "$HTTPS_PORT"
quietly cargo build --workspace --bin settings --test it
[ -e tests/external/browser/node_modules ] || quietly npm --prefix tests/external/browser ci
settings=$("${CARGO_TARGET_DIR:-target}/debug/settings")
sed -i '/^POOLS=/d; /^SETTINGS=/d' "$OWN/skirmish.env"
echo "$settings" >>"$OWN/skirmish.env"
quietly compose up --detach
all_healthy() {
    local states
    states=$(docker inspect --format '{{.State.Health.Status}}' $(compose ps --quiet)) && ! grep -qv '^healthy$' <<<"$states"
}
check "all containers are healthy" until_ 180 all_healthy

shut_in() {
    local said
    said=$(docker inspect --format '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.Config.User}} {{.HostConfig.SecurityOpt}} {{.HostConfig.RestartPolicy.Name}} {{if .HostConfig.Memory}}memory{{end}} {{if .HostConfig.NanoCpus}}cpus{{end}} {{.HostConfig.PidsLimit}}' \
        $(compose ps --quiet) | sort -u)
    [ "$said" = "true [ALL] 65532:65532 [no-new-privileges:true] unless-stopped memory cpus 64" ] || { echo "$said"; return 1; }
}
check "no container has root, a capability, a writable file system, or no limits" shut_in
only_nginx() {
    [ "$(docker ps --filter "label=com.docker.compose.project=$project" --filter publish="1-65535" --format '{{.Label "com.docker.compose.service"}}')" = nginx ] &&
        [ "$(docker network inspect --format '{{.Internal}}' "${project}_inside")" = true ]
}
check "only nginx can be reached, and the other containers have no way out" only_nginx
no_way_in() { # without a password, a client can read the health of Redis and nothing else
    compose exec -T redis redis-cli get claim:x 2>&1 | grep -q NOAUTH &&
        compose exec -T redis redis-cli --user health --pass - --no-auth-warning get claim:x 2>&1 | grep -q NOPERM
}
check "Redis requires a password" no_way_in

ask() { curl --silent --show-error --max-time 5 --cacert "$OWN/tls/chain.pem" "$@"; }
check "the page is served over TLS" grep -q '<title>Skirmish' <(ask "$url/app")
check "the feedback page is served over TLS" grep -q '<title>Feedback' <(ask "$url/feedback")
check "plain HTTP is redirected to TLS" grep -q "^location: $url/app" <(ask --head "http://127.0.0.1:$HTTP_PORT/app" | tr -d '\r' | tr 'L' 'l')

# ---- matches ----

find_bots
# This certificate and the usual ones: the tests may install packages.
export SSL_CERT_FILE=$work/trusted.pem
cat "$OWN/tls/chain.pem" /etc/ssl/certs/ca-certificates.crt >"$SSL_CERT_FILE"
check "two matches are played to their end" play --matches 2 --players 4

# The names of the relays: those of their containers.
relays() { compose ps --quiet relay | cut -c 1-12; }
# A metric of a relay.
relay_says() { docker exec "$1" /bin/container show "http://127.0.0.1:9401/metrics" | sed -n "s/^$2 //p"; }
hosts() { [ "$(relay_says "$1" skirmish_rooms)" -ge 1 ]; }
idle() { for name in $(relays); do if hosts "$name"; then return 1; fi; done; }
# The end-to-end tests on this deployment; then waits until the matches that they left are over.
stories() {
    JWT_SECRET=$(sed -n 's/^JWT_SECRET=//p' "$OWN/functions.env") SKIRMISH_URL=$url SKIRMISH_RELAYS=$(relays | paste -sd ,) \
        cargo test --workspace --test it -- --test-threads 4 outside:: >"$work/stories" 2>&1 || { cat "$work/stories"; return 1; }
    grep '^test result' "$work/stories"
    until_ 120 idle
}
check "the end-to-end tests pass" stories
again() { compose kill "$@" && compose start "$@"; }
first=$(relays | head -n 1) second=$(relays | tail -n 1)
check "matches continue when a relay is killed" during "hosts $first" docker kill "$first"
check "the other relay resumed them" test "$(relay_says "$second" skirmish_rooms_resumed_total)" -ge 1
quietly docker start "$first"
check "the relay is back" until_ 60 all_healthy
check "matches continue when the other relay is stopped" during "hosts $second" docker stop "$second"
quietly docker start "$second"
# As infra/README.md describes an update.
update() {
    compose up --detach --no-recreate --scale relay=4 relay && until_ 60 all_healthy &&
        docker stop "$first" "$second" && docker rm "$first" "$second"
}
check "matches are played while all relays are replaced" during "hosts $first" update
check "two relays are left" test "$(relays | wc -l)" = 2
first=$(relays | head -n 1)
check "matches continue when the functions' runtime and Redis are killed" during "hosts $first" again lambda redis
check "all containers are healthy again" until_ 120 all_healthy
says() { compose logs "$@" 2>/dev/null; }
read_whole() { ! says redis | grep -q AOF-loading-client; }
check "Redis read its whole file again" read_whole
check "a match is played after that" play --matches 1 --players 3
# Longer than the id of a connection, which may look like the start of a token.
no_token() { ! says | grep -E 'eyJ[A-Za-z0-9_-]{20}|ticket=[A-Za-z0-9]'; }
check "no token is in a log" no_token

# ---- with TLS to Redis ----

over_tls() {
    # Without the data: the end-to-end tests need pools without scores.
    compose down --volumes --timeout 10
    mkdir -p "$OWN/redis"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=redis \
        -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth -addext subjectAltName=DNS:redis \
        -keyout "$OWN/redis/key.pem" -out "$OWN/redis/chain.pem"
    chmod 755 "$OWN/redis" && chmod 644 "$OWN/redis"/*.pem
    sed -i 's|redis://|rediss://|' "$OWN"/*.env
    files+=(--file tests/external/compose/redis-tls.yml)
    compose up --detach
}
quietly over_tls
check "all containers are healthy with TLS to Redis" until_ 180 all_healthy
check "matches are played with TLS to Redis, each role as its own user" play --matches 2 --players 4
check "the end-to-end tests pass with TLS to Redis" stories
first=$(relays | head -n 1)
check "matches continue when Redis is killed" during "hosts $first" again redis
check "no token is in a log" no_token
echo "$passed passed, 0 failed"
