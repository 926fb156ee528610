# What hands invocations to functions. The context is the image's files, as infra/images.sh lays them out.
FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="skirmish lambda" \
      org.opencontainers.image.description="AWS Lambda's Invoke API, function URLs and Runtime API on a machine of one's own" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
ADD files.tar /
ENV LISTEN=0.0.0.0:9000
USER 65532:65532
EXPOSE 9000
ENTRYPOINT ["/bin/runtime"]
HEALTHCHECK --interval=5s --timeout=4s --start-period=5s --retries=12 CMD ["/bin/container", "probe", "http://127.0.0.1:9000/healthz"]
