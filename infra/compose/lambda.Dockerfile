# The runtime of the functions. The context is what infra/compose/images.sh prepares.
FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="skirmish lambda" \
      org.opencontainers.image.description="AWS Lambda's Invoke API, function URLs and Runtime API for one machine" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
ADD files.tar /
ENV LISTEN=0.0.0.0:9000
USER 65532:65532
EXPOSE 9000
ENTRYPOINT ["/bin/runtime"]
HEALTHCHECK --interval=5s --timeout=4s --start-period=5s --retries=12 CMD ["/bin/container", "probe", "http://127.0.0.1:9000/healthz"]
