# What hands invocations to functions: `cargo lambda watch`, without cargo, for which `container` speaks: it is asked for a
# workspace. The context is the image's files, as infra/images.sh lays them out.
FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="skirmish lambda" \
      org.opencontainers.image.description="cargo-lambda's Lambda runtime API" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
ADD files.tar /
ENV PATH=/bin HOME=/
USER 65532:65532
EXPOSE 9000
ENTRYPOINT ["/bin/cargo-lambda", "lambda", "watch", "--only-lambda-apis", "--ignore-changes", "--disable-cors", "--invoke-address", "0.0.0.0", "--invoke-port", "9000"]
HEALTHCHECK --interval=5s --timeout=4s --start-period=5s --retries=12 CMD ["/bin/container", "listens", "127.0.0.1:9000"]
