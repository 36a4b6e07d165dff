# syntax=docker/dockerfile:1
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json build.ts ./
COPY src ./src
COPY rules ./rules
COPY templates ./templates
# The image brings its own Node; the npm package `node` is for development machines with an older one.
RUN npx tsc -p tsconfig.build.json && node build.ts && npm prune --omit=dev --ignore-scripts

FROM node:26-slim
LABEL org.opencontainers.image.title="vt-auditor" \
      org.opencontainers.image.description="Audits who has access to a VirusTotal Enterprise / Google Threat Intelligence group" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json config.example.yaml LICENSE ./
# Group 0 may write, so that platforms which pick a random user id can use the volume.
RUN mkdir -p /data /config && chown 10001:0 /data && chmod 0770 /data
ENV NODE_ENV=production \
    TZ=UTC \
    MALLOC_ARENA_MAX=2 \
    VT_AUDITOR_CONFIG=/config/config.yaml \
    VT_AUDITOR_DATA=/data \
    VT_AUDITOR_LISTEN=0.0.0.0:8080
USER 10001:0
VOLUME ["/data", "/config"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "require('node:http').get('http://127.0.0.1:8080/healthz',(r)=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/src/cli.js"]
CMD ["start"]
