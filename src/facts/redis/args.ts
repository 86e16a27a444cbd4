import { z } from 'zod';

const inRange = (port: string): boolean => Number(port) >= 1 && Number(port) <= 65_535;

export const args = z.strictObject({
  /** `host:port` of a Redis elsewhere that this host is a client of; empty for none. */
  endpoint: z
    .string()
    .max(260)
    .regex(/^(?:(?:[A-Za-z0-9][A-Za-z0-9_.-]*|\[[0-9a-fA-F:]+\]):\d{1,5})?$/, 'an endpoint is written host:port')
    .refine((text) => text === '' || inRange(text.slice(text.lastIndexOf(':') + 1)), 'a port is 1-65535')
    .default(''),
  tls: z.boolean().default(false),
  /** tcp-keepalive of a managed endpoint as its parameter group has it, in s; -1 where nobody said. */
  told: z.int().min(-1).max(1_000_000).default(-1),
  user: z.string().max(100).default(''),
  password: z.string().max(512).default(''),
  password_file: z
    .string()
    .max(300)
    .regex(/^(?:\/[\x20-\x7e]*)?$/, 'a password file is an absolute path on the host')
    .default(''),
});

export type Args = z.output<typeof args>;
