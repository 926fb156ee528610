#!/bin/sh
# Makes what a machine's Skirmish keeps secret, once: passwords, the key of its tokens, and a certificate for trying.
#
#     infra/setup.sh FOLDER HOST [PORT]
#
# FOLDER: for docker compose infra/own; for systemd /etc/skirmish. HOST: as players know the machine. What is there already stays;
# your own certificate goes to FOLDER/tls (chain.pem, key.pem) before or after.
#
# Needs openssl. FOLDER is for its owner only. Containers are handed single files of it, and read them as user 65532. REDIS
# says where Redis is, when that is not redis:6379.
set -eu
umask 077
folder=${1:?a folder} host=${2:?the name of this machine} port=${3:-443}
redis=${REDIS:-redis:6379}

authority=$host
[ "$port" = 443 ] || authority=$host:$port
mkdir -p "$folder/tls"

secret() { openssl rand -hex 32; }
# A user of Redis: name, what it may do. Redis keeps the hash; the role's variables hold the password.
user() {
    password=$(secret)
    hash=$(printf %s "$password" | openssl dgst -sha256 -r | cut -d' ' -f1)
    printf 'user %s on #%s %s\n' "$1" "$hash" "$2" >>"$folder/users.acl.new"
    printf 'REDIS_URL=redis://%s:%s@%s\n' "$1" "$password" "$redis" >"$folder/$1.env"
}

if [ ! -e "$folder/users.acl" ]; then
    rm -f "$folder/users.acl.new"
    # As infra/aws/cache.yaml has them for AWS.
    may='-@all +@read +@write +@scripting +@transaction +@connection'
    never='-@dangerous -@admin -function -script|flush -script|kill'
    keys='~{*}:* ~relays ~relay:* ~inbox:*'
    # Nobody can be this one, and yet it must be allowed everything: when Redis 7.0 reads its file again after a start, it replays
    # transactions as this user, and what is refused then is lost.
    printf 'user default off resetpass ~* &* +@all\n' >"$folder/users.acl.new"
    # Anybody may ask whether Redis is well.
    printf 'user health on nopass resetkeys resetchannels -@all +cluster|info\n' >>"$folder/users.acl.new"
    user functions "resetchannels $keys ~session:* ~connection:* ~claim:* ~request:* ~feedback $may +time $never"
    user sweep "resetchannels $keys ~session:* ~connection:* ~claim:* $may +time $never"
    user relay "resetchannels &__keyevent@*__:expired $keys ~journal:* $may +@pubsub +time $never"
    { printf 'JWT_SECRET='; secret; } >>"$folder/functions.env"
    mv "$folder/users.acl.new" "$folder/users.acl"
fi

# What is not secret, and yours to change: pools, the game's settings, whether anybody may play as a guest.
if [ ! -e "$folder/skirmish.env" ]; then
    cat >"$folder/skirmish.env" <<END
POOLS={"main":{}}
SETTINGS={}
GUESTS=true
LOG=info
PUBLIC_URL=wss://$authority
HOST=$authority
END
fi

if [ ! -e "$folder/tls/chain.pem" ]; then
    case $host in
    *[!0-9.]*) name=DNS:$host ;;
    *) name=IP:$host ;;
    esac
    # Of the machine itself, no authority: clients refuse a server that shows one.
    printf '[req]\ndistinguished_name=name\nx509_extensions=v3\nprompt=no\n[name]\nCN=%s\n[v3]\n' "$host" >"$folder/tls/request"
    printf 'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n' >>"$folder/tls/request"
    printf 'subjectAltName=%s,DNS:localhost,IP:127.0.0.1\n' "$name" >>"$folder/tls/request"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -config "$folder/tls/request" \
        -keyout "$folder/tls/key.pem" -out "$folder/tls/chain.pem" 2>/dev/null
    rm "$folder/tls/request"
    echo "made a certificate for trying: browsers will warn of it" >&2
fi

# Nobody else comes past the folder; who is handed a file of it may read it.
chmod 700 "$folder"
chmod 644 "$folder/users.acl" "$folder"/*.env "$folder"/tls/*.pem
chmod 755 "$folder/tls"
