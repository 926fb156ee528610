# The front door: nginx from Debian's package with only the libraries that it loads, the pages, and the folder nginx. DEPLOYMENT
# selects the configuration: machine or aws. BASE is any Debian that can install packages. The context is what
# infra/compose/images.sh prepares: our own files are in files/.
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS debian
RUN apt-get update && apt-get install --yes --no-install-recommends nginx-light ca-certificates
COPY files /out
COPY collect.sh /
RUN chmod -R u=rwX,go=rX /out \
    && install -D -m 644 /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ca-certificates.crt \
    && install -d -m 700 -o 65532 -g 65532 /out/run/nginx \
    && install -d -m 1777 /out/tmp \
    && /collect.sh /out /usr/sbin/nginx

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="skirmish nginx" \
      org.opencontainers.image.description="The front door of Skirmish, with its pages" \
      org.opencontainers.image.licenses="BSD-2-Clause AND Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=debian /out /
ENV NGINX_DIR=/etc/nginx DEPLOYMENT=machine \
    RUN_DIR=/run/nginx WEB_DIST=/srv/app CONSOLE_DIST=/srv/console CA_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532
VOLUME /run/nginx
EXPOSE 8080 8443
# Sockets that are open have five seconds to end.
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/bin/container", "nginx"]
