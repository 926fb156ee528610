# Makes nginx/skirmish.conf.template the front door in AWS: `sed -f infra/nginx-aws.sed nginx/skirmish.conf.template`.
#
# There, the HTTP API stands where the runtime stands on one machine, the WebSocket API where the gateway does, and a
# load balancer has ended TLS. More placeholders than the template's own:
#     HTTP_API        host of the HTTP API
#     SOCKET_API      host of the WebSocket API
#     RESOLVER        the VPC's name server
#     CA_FILE         root certificates, which API Gateway's certificate is checked against
# USER, CALLS, FILES, WORKER_CONNECTIONS, LAMBDA, GATEWAY, TLS and GAME_URLS are gone: pages find games at their own address. A relay in
# RELAY_MAP is named, not numbered.

/^@USER@$/d
/^ *@TLS@$/d
s| @GAME_URLS@||
s|@CALLS@|512|
s|@FILES@|16384|
s|@WORKER_CONNECTIONS@|8192|
s|access_log "@RUN_DIR@/access.log" routes;|access_log /dev/stdout routes;|
s|^    map \$https \$hsts {|    map on $hsts {|

/^    upstream lambda {$/,/^    }$/c\
    # What a variable names is looked up again: a game server that was replaced has another address, and so has an API some day.\
    resolver @RESOLVER@ valid=5s ipv6=off;\
    resolver_timeout 2s;\
    map "" $http_api {\
        default @HTTP_API@;\
    }\
    map "" $socket_api {\
        default @SOCKET_API@;\
    }\
    proxy_ssl_server_name on;\
    proxy_ssl_verify on;\
    proxy_ssl_verify_depth 4;\
    proxy_ssl_protocols TLSv1.2 TLSv1.3;\
    proxy_ssl_trusted_certificate "@CA_FILE@";
/^    upstream gateway {$/,/^    }$/d

s|proxy_pass http://lambda/lambda-url/\$function\$uri|proxy_pass https://$http_api$uri|
s|proxy_pass http://gateway/lobby|proxy_pass https://$socket_api/lobby|
# API Gateway knows an API by this name.
/^        location = \/lobby {$/,/^        }$/s|_header Host \$http_host;|_header Host $socket_api;|
# It sends no pings. Longer than its own limits, which decide.
/^        location = \/lobby {$/,/^        }$/{
    s|proxy_read_timeout 10s;|proxy_read_timeout 130m;|
    /# For the handshake, and later for silence/d
}
s|^        proxy_set_header Host \$http_host;|        proxy_set_header Host $http_api;|
s|X-Forwarded-Port \$server_port;|X-Forwarded-Port 443;|
s|default \$scheme;|default https;|
