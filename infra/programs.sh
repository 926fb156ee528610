#!/bin/sh
# Builds the programs of one machine as static programs: `infra/programs.sh FOLDER`.
#
# Needs cargo with the target x86_64-unknown-linux-musl (`rustup target add`) and a C compiler for it
# (musl-tools).
#
# The relay is built with a separate profile (../Cargo.toml). The programs contain no paths of the build, so they are
# identical wherever they are built.
set -eu
cd "$(dirname "$0")/.."
to=${1:?a folder} target=x86_64-unknown-linux-musl
mkdir -p "${CARGO_TARGET_DIR:-target}"
folder=$(realpath "${CARGO_TARGET_DIR:-target}")
export CC_x86_64_unknown_linux_musl=musl-gcc CARGO_PROFILE_RELEASE_STRIP=true
export RUSTFLAGS="--remap-path-prefix=$PWD=/src --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$folder=/target"

mkdir -p "$to"
cargo build --profile server --locked --target "$target" -p relay-program
cp "$folder/$target/server/relay" "$to/"
cargo build --release --locked --target "$target" -p functions -p gateway -p runtime -p container \
    --bin functions --bin gateway --bin runtime --bin container
for name in functions gateway runtime container; do
    cp "$folder/$target/release/$name" "$to/"
done
