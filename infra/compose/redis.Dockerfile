# Redis from Debian's package, with only the libraries that it loads. BASE is any Debian that can install
# packages. The context is what infra/compose/images.sh prepares: our own files are in files/.
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS debian
RUN apt-get update && apt-get install --yes --no-install-recommends redis-server
COPY files /out
COPY collect.sh /
RUN chmod -R u=rwX,go=rX /out && chown -R 65532:65532 /out/data \
    && /collect.sh /out /usr/bin/redis-server /usr/bin/redis-cli

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="skirmish redis" \
      org.opencontainers.image.description="Redis from Debian, a cluster of one node" \
      org.opencontainers.image.licenses="BSD-3-Clause" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=debian /out /
USER 65532:65532
VOLUME /data
EXPOSE 6379
ENTRYPOINT ["/usr/bin/redis-server", "/etc/redis.conf", "--dir", "/data"]
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s --retries=12 CMD ["/bin/container", "redis", "127.0.0.1:6379"]
