import { parse } from 'yaml';
import { z } from 'zod';

const words = z.array(z.string());
const service = z.strictObject({
  image: z.string(),
  build: z.string().optional(),
  profiles: words.default([]),
  entrypoint: words.optional(),
  command: words.default([]),
  user: z.string().regex(/^\d+:\d+$/),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: words.default([]),
  volumes: words.default([]),
  tmpfs: words.default([]),
  networks: words.default(['default']),
  read_only: z.boolean(),
  cap_drop: words,
  security_opt: words,
  init: z.boolean(),
  restart: z.string(),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .default('10s'),
  stop_signal: z.enum(['SIGTERM', 'SIGINT']).default('SIGTERM'),
  shm_size: z.string().optional(),
  logging: z.unknown(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).default({}),
  healthcheck: z.union([
    z.strictObject({ disable: z.literal(true) }),
    z.strictObject({
      test: words,
      interval: z.string(),
      timeout: z.string(),
      retries: z.int(),
      start_period: z.string().optional(),
    }),
  ]),
});

const file = z.looseObject({
  services: z.record(z.string(), service),
  networks: z.record(z.string(), z.nullable(z.strictObject({ internal: z.boolean() }))),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
  volumes: z.record(z.string(), z.null()),
});

export type Service = z.infer<typeof service>;
export type ComposeFile = z.infer<typeof file>;

/** Docker's file of services, `$$` unescaped, anchors and merges resolved. Throws on a key that this rig does not carry out. */
export const readCompose = (text: string): ComposeFile =>
  file.parse(
    parse(text, (_, value: unknown) => (typeof value === 'string' ? value.replaceAll('$$', '$') : value), {
      merge: true,
    }),
  );
