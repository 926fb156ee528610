# The lobby's sockets. The context is what infra/compose/images.sh prepares.
FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="skirmish gateway" \
      org.opencontainers.image.description="API Gateway's WebSocket API for one machine" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
ADD files.tar /
ENV LISTEN=0.0.0.0:3001
USER 65532:65532
EXPOSE 3001
ENTRYPOINT ["/bin/gateway"]
HEALTHCHECK --interval=5s --timeout=4s --start-period=5s --retries=3 CMD ["/bin/container", "probe", "http://127.0.0.1:3001/healthz"]
