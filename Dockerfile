FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The demo's local Slack is for x64 only; --force lets other machines build the rest.
RUN npm ci --ignore-scripts --force --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts --force --no-audit --no-fund --offline
COPY deploy/slim.sh deploy/
RUN sh deploy/slim.sh node_modules dist

FROM node:22-bookworm-slim
# A bot or worker that is refused stays, and is not started again and again (docs/operations.md).
ENV NODE_ENV=production RUNBOLT_DATA=/var/lib/runbolt RUNBOLT_ON_REFUSAL=stay
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY bin ./bin
COPY runbooks ./runbooks
RUN ln -s /app/bin/runbolt.js /usr/local/bin/runbolt && install -d -o node -g node -m 700 /var/lib/runbolt
USER node
ENTRYPOINT ["runbolt"]
CMD ["start"]
