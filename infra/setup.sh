#!/bin/sh
# Creates the secrets of one machine: passwords, the key of its tokens, and a test certificate.
#
#     infra/setup.sh FOLDER HOST [PORT]
#
# FOLDER is infra/own for docker compose, /etc/skirmish for systemd. HOST is the machine's name, as players
# know it. Existing files are kept. Put your own certificate into FOLDER/tls (chain.pem, key.pem) before
# or afterwards.
#
# Needs openssl. Only the owner can open FOLDER. Containers mount single files of it and read them as user
# 65532. REDIS is the address of Redis, if that is not redis:6379.
set -eu
umask 077
folder=${1:?a folder} host=${2:?the name of this machine} port=${3:-443}
redis=${REDIS:-redis:6379}

authority=$host
[ "$port" = 443 ] || authority=$host:$port
mkdir -p "$folder/tls"

secret() { openssl rand -hex 32; }
# A user of Redis: name, permissions. Redis gets the hash; the role's variables contain the password.
user() {
    password=$(secret)
    hash=$(printf %s "$password" | openssl dgst -sha256 -r | cut -d' ' -f1)
    printf 'user %s on #%s %s\n' "$1" "$hash" "$2" >>"$folder/users.acl.new"
    printf 'REDIS_URL=redis://%s:%s@%s\n' "$1" "$password" "$redis" >"$folder/$1.env"
}

if [ ! -e "$folder/users.acl" ]; then
    rm -f "$folder/users.acl.new"
    # The same as in infra/aws/cache.yaml.
    may='-@all +@read +@write +@scripting +@transaction +@connection'
    never='-@dangerous -@admin -function -script|flush -script|kill'
    keys='~{*}:* ~relays ~relay:* ~inbox:*'
    # Nobody can log in as this user, but it must be allowed everything: after a start, Redis 7.0 replays the
    # transactions of its file as this user, and drops those that the user may not run.
    printf 'user default off resetpass ~* &* +@all\n' >"$folder/users.acl.new"
    # Any client may read the health of Redis.
    printf 'user health on nopass resetkeys resetchannels -@all +cluster|info\n' >>"$folder/users.acl.new"
    user functions "resetchannels $keys ~session:* ~connection:* ~claim:* ~code:* ~misses:* ~ban:* ~request:* ~feedback ~audit $may +time $never"
    user sweep "resetchannels $keys ~session:* ~connection:* ~claim:* ~code:* $may +time $never"
    user relay "resetchannels &__keyevent@*__:expired $keys ~journal:* $may +@pubsub +time $never"
    { printf 'JWT_SECRET='; secret; } >>"$folder/functions.env"
    mv "$folder/users.acl.new" "$folder/users.acl"
fi

# Settings that are not secret: pools, the game's settings, guests, a collector of traces.
if [ ! -e "$folder/skirmish.env" ]; then
    cat >"$folder/skirmish.env" <<END
POOLS={"main":{"bots":{"fill_to":4}}}
SETTINGS={}
GUESTS=true
LOG=info
OTEL_EXPORTER_OTLP_ENDPOINT=
PUBLIC_URL=wss://$authority
HOST=$authority
END
fi

if [ ! -e "$folder/tls/chain.pem" ]; then
    case $host in
    *[!0-9.]*) name=DNS:$host ;;
    *) name=IP:$host ;;
    esac
    # Not a certificate authority, because clients refuse a server that presents one.
    printf '[req]\ndistinguished_name=name\nx509_extensions=v3\nprompt=no\n[name]\nCN=%s\n[v3]\n' "$host" >"$folder/tls/request"
    printf 'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n' >>"$folder/tls/request"
    printf 'subjectAltName=%s,DNS:localhost,IP:127.0.0.1\n' "$name" >>"$folder/tls/request"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -config "$folder/tls/request" \
        -keyout "$folder/tls/key.pem" -out "$folder/tls/chain.pem" 2>/dev/null
    rm "$folder/tls/request"
    echo "created a test certificate: browsers will warn about it" >&2
fi

# Only the owner can open the folder; a container can read the files that it mounts.
chmod 700 "$folder"
chmod 644 "$folder/users.acl" "$folder"/*.env "$folder"/tls/*.pem
chmod 755 "$folder/tls"
