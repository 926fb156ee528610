# Makes nginx/skirmish.conf.template the front door of one machine, with containers or without:
# `sed -f infra/nginx-machine.sed nginx/skirmish.conf.template`.
#
# More placeholders than the template's own:
#     HOST            the machine's name, as players know it, with its port when that is not 443
#     PLAIN           address and port without TLS: it sends browsers to HOST
#     INSIDE          address and port where the gateway and the relays invoke functions, where nobody else comes
#     ACCESS_LOG      where access is logged: /dev/stdout in a container; syslog under systemd, whose standard output cannot be opened
# USER is gone: nginx is not started by root.

/^@USER@$/d
s|access_log "@RUN_DIR@/access.log"|access_log @ACCESS_LOG@|

# Every invocation that is no request comes through here, so that INVOCATIONS bounds it too: a storm of lobby sockets must not
# be what stops `cargo lambda watch` either. The functions of the two doors are not the same ones, so each counts for itself.
$i\
\
    map "" $nobody {\
        default "";\
    }\
    limit_req_zone $nobody zone=nobody:32k rate=1r/s;\
    limit_conn_zone $invoked zone=invoked:1m;\
\
    server {\
        listen @INSIDE@;\
        access_log off;\
        limit_req zone=nobody;\
        limit_conn invoked @INVOCATIONS@;\
        limit_conn_status 503;\
        # A batch that a function is handed is larger than what a client may send.\
        client_max_body_size 1m;\
        location = /healthz {\
            return 200;\
        }\
        location ~ ^/2015-03-31/functions/(?<invoked>[a-z-]+)/invocations$ {\
            proxy_pass http://lambda;\
            proxy_http_version 1.1;\
            proxy_set_header Connection "";\
            proxy_read_timeout 60s;\
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
