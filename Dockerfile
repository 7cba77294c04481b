# The one image of the product: every service, their migrate steps and the operators' command line. What a container is, its command says:
#
#   docker build --build-arg VERSION=0.1.0 -t nexivohr:0.1.0 .
#   docker run … nexivohr:0.1.0 apps/candidates/dist/main.js

FROM node:24-bookworm-slim AS base
ENV TURBO_TELEMETRY_DISABLED=1 NPM_CONFIG_UPDATE_NOTIFIER=false
WORKDIR /app
COPY package.json ./
RUN --mount=type=cache,target=/root/.npm \
  npm install --global "turbo@$(node -p 'require("./package.json").devDependencies.turbo')"

# The part of the repository that the apps need: out/json is its manifests and lockfile, out/full its sources as well.
FROM base AS pruned
COPY . .
ARG APPS="candidates jobs submissions webhooks gateway admin"
RUN node docker/slim-manifests.mjs \
  && turbo prune $(printf '@nexivo/%s ' $APPS) --docker --production

# Follows the manifests only, so that a change of sources installs nothing. No package that is left needs its scripts.
FROM base AS installed
COPY --from=pruned /app/out/json/ ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts

FROM installed AS built
COPY --from=pruned /app/out/full/ ./
COPY tsconfig.base.json ./
RUN turbo --skip-infer run build \
  && mkdir /dist && cp -r --parents apps/*/dist packages/*/dist /dist

FROM installed AS production
RUN npm prune --omit=dev --ignore-scripts

# What runs. All of it belongs to root: the process can change nothing of its own program.
FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=production /app/ ./
COPY --from=built /dist/ ./
COPY docker/healthy /usr/local/bin/healthy
USER node
ENV NODE_ENV=production
# The gateway serves the API at PORT; all serve their health and metrics at HEALTH_PORT.
ENV PORT=3000 HEALTH_PORT=3001
# The gateway serves on for as long after SIGTERM: a proxy in front has then noticed that it is not ready any more.
ENV SHUTDOWN_DELAY_S=5
# Memory for the hash of a password goes back to the machine at once.
ENV MALLOC_MMAP_THRESHOLD_=4194304
EXPOSE 3000 3001
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["healthy"]
# The heap goes by the container's limit; the rest is for buffers, code and threads.
ENTRYPOINT ["node", "--max-semi-space-size=16", "--max-old-space-size-percentage=60"]

# Last, so that another version alone builds nothing anew.
ARG VERSION=unversioned
ARG REVISION=unknown
ENV COMMIT="$REVISION"
LABEL org.opencontainers.image.title="NexivoHR" \
  org.opencontainers.image.description="An applicant tracking system's public API that a company can run itself" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION" \
  org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
