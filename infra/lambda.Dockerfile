# What hands invocations to functions: cargo-lambda's Lambda runtime API (infra/runtime). The context is the image's files, as
# infra/images.sh lays them out.
FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="skirmish lambda" \
      org.opencontainers.image.description="cargo-lambda's Lambda runtime API" \
      org.opencontainers.image.licenses="Apache-2.0 AND MIT" \
      org.opencontainers.image.version="${VERSION}"
ADD files.tar /
USER 65532:65532
EXPOSE 9000
ENTRYPOINT ["/bin/runtime", "0.0.0.0:9000"]
HEALTHCHECK --interval=5s --timeout=4s --start-period=5s --retries=12 CMD ["/bin/container", "listens", "127.0.0.1:9000"]
