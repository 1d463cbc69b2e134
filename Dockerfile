# The exporter on glibc and CA certificates, without shell or package manager, as a user without rights.
#
#   docker build -t euc-exporter \
#     --build-arg EUC_EXPORTER_REVISION="$(git rev-parse HEAD)" \
#     --build-arg EUC_EXPORTER_BRANCH="$(git rev-parse --abbrev-ref HEAD)" .
#
# Both base images are of Debian 12, so that the binary meets the glibc that it was linked to. To pin them to the byte,
# or to take them from a mirror, give RUST_IMAGE and BASE_IMAGE with a digest.
ARG RUST_IMAGE=rust:1.95.0-slim-bookworm
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${RUST_IMAGE} AS build
WORKDIR /src
# With the demo, so that `docker run euc-exporter demo` shows something before anybody has an AWS role. It listens on
# loopback and only when asked for. `--build-arg FEATURES=` leaves it out.
ARG FEATURES=demo
# There is no repository in the build context, so the revision has to be told.
ARG EUC_EXPORTER_REVISION=
ARG EUC_EXPORTER_BRANCH=
COPY Cargo.toml Cargo.lock build.rs ./
COPY src ./src
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --no-default-features --features "${FEATURES}" --bin euc-exporter \
    && install -D target/release/euc-exporter /out/euc-exporter

FROM ${BASE_IMAGE}
ARG EUC_EXPORTER_REVISION=
LABEL org.opencontainers.image.title="euc-exporter" \
      org.opencontainers.image.description="Prometheus exporter for the golden images of Amazon WorkSpaces and AppStream 2.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${EUC_EXPORTER_REVISION}"
COPY --from=build /out/euc-exporter /usr/local/bin/euc-exporter
COPY LICENSE /usr/share/doc/euc-exporter/LICENSE
# A number, not a name: Kubernetes' runAsNonRoot cannot look names up.
USER 65532:65532
# In the environment and not as a flag, because the health check reads it too.
ENV EUC_EXPORTER__WEB__LISTEN_ADDRESS=:10046
EXPOSE 10046
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s \
    CMD ["/usr/local/bin/euc-exporter", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/euc-exporter"]
