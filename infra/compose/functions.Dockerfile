# All functions in one program; FUNCTION names the one that a container runs. The context is what
# infra/compose/images.sh prepares.
FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="skirmish functions" \
      org.opencontainers.image.description="The functions of Skirmish's lobby, for a Lambda runtime API" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
ADD files.tar /
# RUNTIME and CONNECTIONS_URL are names in the compose network. The AWS SDK signs with these credentials;
# the gateway does not check them.
ENV TRIGGER=event RUNTIME=lambda:9000 CONNECTIONS_URL=http://gateway:3001 \
    AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1
USER 65532:65532
ENTRYPOINT ["/bin/container", "function"]
HEALTHCHECK --interval=20s --timeout=5s --start-period=10s --retries=3 CMD ["/bin/container", "answers"]
