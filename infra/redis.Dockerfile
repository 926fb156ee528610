# Redis from Debian's package, and nothing of Debian that it does not load. BASE: any Debian that can install packages.
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS debian
RUN apt-get update && apt-get install --yes --no-install-recommends redis-server
COPY collect.sh redis.conf nodes.conf /
RUN /collect.sh /out /usr/bin/redis-server /usr/bin/redis-cli \
    && install -D -m 644 /redis.conf /out/etc/redis.conf \
    && install -D -m 644 -o 65532 -g 65532 /nodes.conf /out/data/nodes.conf && chown 65532:65532 /out/data \
    && /collect.sh /out

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="skirmish redis" \
      org.opencontainers.image.description="Redis from Debian, a cluster of one node" \
      org.opencontainers.image.licenses="BSD-3-Clause" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=debian /out /
COPY bin/container /bin/
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 6379
ENTRYPOINT ["/usr/bin/redis-server", "/etc/redis.conf", "--dir", "/data"]
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s --retries=12 CMD ["/bin/container", "redis", "127.0.0.1:6379"]
