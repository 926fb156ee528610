#!/bin/sh
# Builds Skirmish for docker: static programs with cargo, the pages with npm, then the images skirmish/NAME:VERSION.
#
#     infra/images.sh [VERSION]
#
# Needs docker, cargo with the target x86_64-unknown-linux-musl (`rustup target add`), a C compiler for it (musl-tools), npm,
# pip. BASE names the Debian whose redis and nginx are taken (debian:bookworm-slim); tests/compose/base.sh makes one where none can be
# pulled. PROGRAMS names a folder of static programs that are there already. BUILD_FLAGS go to each docker build.
#
# The same sources, compiler and Debian make the same files: with the time 0, and paths are taken out of programs. Pages have
# the commit's time (SOURCE_DATE_EPOCH): browsers are told by it whether one changed.
set -eu
cd "$(dirname "$0")/.."
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
version=${1:-dev} base=${BASE:-debian:bookworm-slim} target=x86_64-unknown-linux-musl
folder=${CARGO_TARGET_DIR:-target}
stage=$folder/images
cargo_lambda=1.9.2
functions=$(cd functions/src/bin && ls ./*.rs | sed 's|^\./||; s|\.rs$||')

programs=${PROGRAMS:-}
if [ -z "$programs" ]; then
    CC_x86_64_unknown_linux_musl=musl-gcc CARGO_PROFILE_RELEASE_STRIP=true \
        RUSTFLAGS="--remap-path-prefix=$PWD=/src --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo" \
        cargo build --release --locked --target "$target" -p relay -p gateway -p functions -p container
    programs=$folder/$target/release
fi
if [ ! -e web/demo/dist/index.html ]; then
    (cd web && npm ci && npm run build)
fi

rm -rf "$stage"
mkdir -p "$stage/bin" "$stage/nginx"
for name in relay gateway container $functions; do
    cp "$programs/$name" "$stage/bin/"
done
python3 -m pip install --quiet --no-deps --target "$stage/pip" "cargo-lambda==$cargo_lambda"
mv "$stage/pip/bin/cargo-lambda" "$stage/bin/" && rm -r "$stage/pip"
cp -r web/demo/dist "$stage/app"
cp infra/collect.sh infra/redis.conf infra/nodes.conf "$stage/"
for place in machine aws; do
    sed -f "infra/nginx-$place.sed" nginx/skirmish.conf.template >"$stage/nginx/$place.conf.template"
done
chmod -R u=rwX,go=rX "$stage"
find "$stage" -exec touch --no-dereference --date=@0 {} +
find "$stage/app" -type f -exec touch --date="@$epoch" {} +

image() {
    name=$1
    file=$2
    shift 2
    # shellcheck disable=SC2086 # flags, each a word
    docker build --quiet ${BUILD_FLAGS:-} --file "infra/$file.Dockerfile" --tag "skirmish/$name:$version" \
        --build-arg VERSION="$version" --build-arg SOURCE_DATE_EPOCH=0 "$@" "$stage" >/dev/null
    echo "skirmish/$name:$version"
}

# The others take their root certificates from it.
image nginx nginx --build-arg BASE="$base"
image relay relay
image gateway gateway
image lambda lambda
image redis redis --build-arg BASE="$base"
for function in $functions; do
    case $function in
    socket-* | room-* | notify | sweep) trigger=event ;;
    *) trigger=http ;;
    esac
    image "$function" function --build-arg FUNCTION="$function" --build-arg TRIGGER="$trigger"
done
