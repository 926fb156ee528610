# Makes nginx/skirmish.conf.template the front door of one machine, with containers or without:
# `sed -f infra/nginx-machine.sed nginx/skirmish.conf.template`.
#
# More placeholders than the template's own:
#     HOST            the machine's name, as players know it, with its port when that is not 443
#     PLAIN           address and port without TLS: it sends browsers to HOST
#     INSIDE          address and port where a health check asks nginx, where nobody else comes
#     ACCESS_LOG      where access is logged: /dev/stdout in a container; syslog under systemd, whose standard output cannot be opened
# USER is gone: nginx is not started by root. CALLS is 512; FILES and WORKER_CONNECTIONS are what its container and its unit allow.

/^@USER@$/d
s|@CALLS@|512|
s|@FILES@|16384|
s|@WORKER_CONNECTIONS@|8192|
s|access_log "@RUN_DIR@/access.log"|access_log @ACCESS_LOG@|

$i\
\
    server {\
        listen @INSIDE@;\
        access_log off;\
        location = /healthz {\
            return 200;\
        }\
        location / {\
            return 404;\
        }\
    }\
\
    server {\
        listen @PLAIN@;\
        access_log off;\
        return 308 https://@HOST@$request_uri;\
    }
