# One file for every image. SERVICE names the app, or several apps separated by blanks:
#
#   docker build --build-arg SERVICE=candidates -t nexivohr-candidates .
#   docker build --build-arg SERVICE="candidates jobs" --target apps -t nexivohr-some .    # no command of its own

FROM node:24-bookworm-slim AS base
ENV TURBO_TELEMETRY_DISABLED=1 NPM_CONFIG_UPDATE_NOTIFIER=false
WORKDIR /app
COPY package.json ./
RUN --mount=type=cache,target=/root/.npm \
  npm install --global "turbo@$(node -p 'require("./package.json").devDependencies.turbo')"

# The part of the repository that SERVICE needs: out/json is its manifests and lockfile, out/full its sources as well.
FROM base AS pruned
COPY . .
ARG SERVICE
RUN node docker/slim-manifests.mjs \
  && turbo prune $(printf '@nexivo/%s ' ${SERVICE:?is missing: --build-arg SERVICE=candidates}) --docker --production

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
FROM node:24-bookworm-slim AS apps
ENV NODE_ENV=production
WORKDIR /app
COPY --from=production /app/ ./
COPY --from=built /dist/ ./
USER node

FROM apps
ARG SERVICE
WORKDIR /app/apps/${SERVICE}
# The gateway serves the API at PORT; all serve their health and metrics at HEALTH_PORT.
ENV PORT=3000 HEALTH_PORT=3001
# The gateway serves on for as long after SIGTERM: a proxy in front has then noticed that it is not ready any more.
ENV SHUTDOWN_DELAY_S=5
# Memory for the hash of a password goes back to the machine at once.
ENV MALLOC_MMAP_THRESHOLD_=4194304
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3001/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=16", "--max-old-space-size=1024", "dist/main.js"]
