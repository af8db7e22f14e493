# A static binary alone in its image: no shell, no package manager, no root. What distroless
# bases add for a static Go binary (certificates, a user) is copied from the build stage;
# the time zone data is in the binary.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/stint ./cmd/stint \
 && mkdir -p /out/data /out/tmp \
 && echo 'nonroot:x:65532:65532:nonroot:/data:/sbin/nologin' > /out/passwd

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/passwd /etc/passwd
COPY --from=build --chown=65532:65532 /out/tmp /tmp
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/stint /stint
ENV STINT_DATA_DIR=/data STINT_LISTEN=:8080
VOLUME /data
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/stint"]
CMD ["serve"]
