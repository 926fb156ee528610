#!/bin/sh
# Builds the programs of one machine as static programs: `infra/programs.sh FOLDER`.
#
# Needs cargo with the target x86_64-unknown-linux-musl (`rustup target add`) and a C compiler for it
# (musl-tools).
#
# The programs contain no paths of the build, so they are identical wherever they are built. The profile is in
# ../Cargo.toml.
set -eu
cd "$(dirname "$0")/.."
to=${1:?a folder} target=x86_64-unknown-linux-musl
mkdir -p "${CARGO_TARGET_DIR:-target}"
folder=$(realpath "${CARGO_TARGET_DIR:-target}")
export CC_x86_64_unknown_linux_musl=musl-gcc
export RUSTFLAGS="--remap-path-prefix=$PWD=/src --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$folder=/target"

mkdir -p "$to"
build() { cargo build --profile server --locked --target "$target" "$@"; }
# Separately: cargo would otherwise build the relay with the features of shared libraries that only the others need.
build -p relay-program
build -p functions -p gateway -p runtime -p container --bin functions --bin gateway --bin runtime --bin container
for name in relay functions gateway runtime container; do
    cp "$folder/$target/server/$name" "$to/"
done
