# One function, FUNCTION. The context is what infra/compose/images.sh prepares.
FROM scratch
ARG FUNCTION
ARG TRIGGER=event
ARG VERSION=dev
LABEL org.opencontainers.image.title="skirmish ${FUNCTION}" \
      org.opencontainers.image.description="A function of Skirmish's lobby, for a Lambda runtime API" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
ADD files.tar /
# The AWS SDK wants credentials to sign with; nobody here checks them.
ENV FUNCTION=${FUNCTION} TRIGGER=${TRIGGER} RUNTIME=lambda:9000 \
    AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1
USER 65532:65532
ENTRYPOINT ["/bin/container", "function"]
HEALTHCHECK --interval=20s --timeout=5s --start-period=10s --retries=3 CMD ["/bin/container", "answers"]
