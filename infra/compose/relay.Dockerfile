# A game server. The context is what infra/compose/images.sh prepares.
FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="skirmish relay" \
      org.opencontainers.image.description="The authoritative game server of Skirmish" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
ADD files.tar /
ENV LISTEN=0.0.0.0:9401
USER 65532:65532
EXPOSE 9401
ENTRYPOINT ["/bin/relay"]
HEALTHCHECK --interval=5s --timeout=4s --start-period=5s --retries=3 CMD ["/bin/container", "probe", "http://127.0.0.1:9401/healthz"]
