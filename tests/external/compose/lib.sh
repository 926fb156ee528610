# Shared by the scripts here, which source it in the repository's root: a temporary folder, checks that
# are counted, a docker engine if none runs. Scripts define `say_more`, which prints details of a failure,
# and `clean_up`, which ends what they started.
work=$(mktemp -d) passed=0

# Runs a command; prints the end of its output only if it fails.
quietly() { "$@" >"$work/said" 2>&1 || { tail -n 40 "$work/said" >&2; return 1; }; }
passed() { passed=$((passed + 1)); echo "ok      $1"; }
failed() { echo "FAILED  $1" >&2; say_more >&2; echo "$passed passed, 1 failed"; exit 1; }
check() { local what=$1; shift; if "$@"; then passed "$what"; else failed "$what"; fi; }
# until_ TRIES COMMAND...: repeats a command every half second until it succeeds.
until_() { local tries=$1; shift; for _ in $(seq "$tries"); do if "$@"; then return 0; fi; sleep 0.5; done; return 1; }
ended() {
    clean_up >/dev/null 2>&1 || true
    if [ -n "${engine:-}" ]; then kill "$engine"; wait "$engine" || true; fi
    # Mounted file systems are not removed.
    rm -rf --one-file-system "$work" 2>/dev/null || true
}
trap ended EXIT

# Its data is in the temporary folder.
start_engine() {
    if docker info >/dev/null 2>&1; then return; fi
    dockerd --data-root "$work/engine" --exec-root "$work/exec" --pidfile "$work/pid" --host "unix://$work/socket" \
        >"$work/dockerd.log" 2>&1 &
    engine=$!
    export DOCKER_HOST=unix://$work/socket
    until_ 60 docker info >/dev/null 2>&1 || { tail -n 20 "$work/dockerd.log" >&2; exit 1; }
}

# Builds the bots. They trust the certificates in SSL_CERT_FILE.
find_bots() {
    bots=${BOTS:-}
    if [ -z "$bots" ]; then
        quietly cargo build --workspace --bin bots
        bots=${CARGO_TARGET_DIR:-target}/debug/bots
    fi
}
play() { "$bots" --url "$url" --log warn "$@"; }
# during READY COMMAND...: runs the command once READY reports running matches. The matches must be
# played to their end.
during() {
    local ready=$1
    shift
    play --matches 3 --players 3 >"$work/played" 2>"$work/bots.log" &
    local playing=$!
    if until_ 60 $ready && sleep 3 && quietly "$@" && wait "$playing"; then
        cat "$work/played"
    else
        cat "$work/said" "$work/played" "$work/bots.log"
        return 1
    fi
}
