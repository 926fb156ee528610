#!/bin/sh
# Builds what runs on a machine of one's own, as static programs, into a folder: `infra/programs.sh FOLDER`.
#
# Needs cargo with the target x86_64-unknown-linux-musl (`rustup target add`) and a C compiler for it (musl-tools).
#
# The relay has the profile that it serves with (../Cargo.toml). Paths are taken out of what is built, so that where it is built makes
# no difference.
set -eu
cd "$(dirname "$0")/.."
to=${1:?a folder} target=x86_64-unknown-linux-musl
mkdir -p "${CARGO_TARGET_DIR:-target}"
folder=$(realpath "${CARGO_TARGET_DIR:-target}")
export CC_x86_64_unknown_linux_musl=musl-gcc CARGO_PROFILE_RELEASE_STRIP=true
export RUSTFLAGS="--remap-path-prefix=$PWD=/src --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$folder=/target"

mkdir -p "$to"
cargo build --profile server --locked --target "$target" -p relay
cp "$folder/$target/server/relay" "$to/"
cargo build --release --locked --target "$target" -p gateway -p runtime -p functions -p container
for file in functions/src/bin/*.rs; do
    cp "$folder/$target/release/$(basename "$file" .rs)" "$to/"
done
cp "$folder/$target/release/gateway" "$folder/$target/release/runtime" "$folder/$target/release/container" "$to/"
