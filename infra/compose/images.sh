#!/bin/sh
# Builds Skirmish for docker: static programs with cargo, the pages with npm, then the images
# skirmish/NAME:VERSION.
#
#     infra/compose/images.sh [VERSION]
#
# Needs docker, cargo with the target x86_64-unknown-linux-musl (`rustup target add`), a C compiler for it
# (musl-tools), npm. BASE names the Debian image that redis and nginx come from (debian:bookworm-slim);
# tests/external/compose/base.sh makes one if no registry is reachable. PROGRAMS names a folder of static
# programs that are already built. BUILD_FLAGS are passed to each docker build.
#
# The same sources, compiler and Debian make the same layers, bit for bit: each image has one layer of
# files and folders with the time 0, and programs contain no paths of the build. Pages have the time of
# the commit (SOURCE_DATE_EPOCH).
set -eu
cd "$(dirname "$0")/../.."
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
version=${1:-dev} base=${BASE:-debian:bookworm-slim}
folder=${CARGO_TARGET_DIR:-target}
stage=$folder/images

programs=${PROGRAMS:-}
if [ -z "$programs" ]; then
    infra/programs.sh "$folder/served"
    programs=$folder/served
fi
if [ ! -e web/demo/dist/index.html ] || [ ! -e web/console/dist/console.html ]; then
    (cd web && npm ci && npm run build)
fi

# ---- each image's files ----

# IMAGE FOLDER FILE…
put() {
    mkdir -p "$stage/$1/$2"
    to=$stage/$1/$2
    shift 2
    if [ $# -gt 0 ]; then cp -r "$@" "$to"; fi
}
# IMAGE: adds root certificates, from the nginx image. The AWS SDK does not start without them, even if it uses no
# TLS.
roots() {
    put "$1" files/etc/ssl/certs "$stage/ca-certificates.crt"
}
# IMAGE FLAG…
image() {
    name=$1
    shift
    # shellcheck disable=SC2086 # flags, each a word
    docker build --quiet ${BUILD_FLAGS:-} --file "infra/compose/$name.Dockerfile" --tag "skirmish/$name:$version" \
        --build-arg VERSION="$version" "$@" "$stage/$name" >/dev/null
    echo "skirmish/$name:$version"
}
# Like image, with files/ as an archive, because both of docker's builders keep the times in it.
packed() {
    (cd "$stage/$1/files" && tar --create --file ../files.tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
        --mode=u=rwX,go=rX -- *)
    rm -r "$stage/$1/files"
    image "$@"
}

rm -rf "$stage"
put nginx files/bin "$programs/container"
put nginx files/srv/app web/demo/dist/.
put nginx files/srv/console web/console/dist/.
put nginx files/etc/nginx nginx/.
put nginx . infra/compose/collect.sh
find "$stage/nginx/files/srv" -type f -exec touch --date="@$epoch" {} +
image nginx --build-arg BASE="$base"
made=$(docker create "skirmish/nginx:$version")
docker cp "$made:/etc/ssl/certs/ca-certificates.crt" "$stage/" >/dev/null
docker rm "$made" >/dev/null

put redis files/bin "$programs/container"
put redis files/etc infra/redis.conf
put redis files/data infra/nodes.conf
put redis . infra/compose/collect.sh
image redis --build-arg BASE="$base"

put gateway files/bin "$programs/gateway" "$programs/container"
packed gateway

put relay files/bin "$programs/relay" "$programs/container"
roots relay
packed relay

put lambda files/bin "$programs/runtime" "$programs/container"
packed lambda

put functions files/bin "$programs/functions" "$programs/container"
roots functions
packed functions
