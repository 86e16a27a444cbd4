import { z } from 'zod';
import { json } from '../as-the-fact-writes.js';

/** What planning needs of the facts `haproxy`, `haproxy_state`, `haproxy_reload` and `inventory`, as they write it. */

const serverLine = z.object({
  line: z.int(),
  text: z.string(),
  name: z.string(),
  endpoint: z.string(),
  rest: z.string(),
  backup: z.boolean(),
});

const configured = z.object({
  files: z.array(
    z.object({
      path: z.string(),
      sha256: z.string(),
      applied: z.string(),
      link: z.boolean(),
      shared: z.boolean(),
      differs: z.array(z.string()),
    }),
  ),
  backend: z.string(),
  section: z.object({ file: z.string(), line: z.int(), text: z.string() }),
  servers: z.array(serverLine),
  unclear: z.array(z.string()),
  balance: z.string(),
  defaultServer: z.boolean(),
  hashType: z.string(),
  idleClose: z.boolean(),
  mode: z.object({
    way: z.enum(['usr2', 'systemd', 'sockets', 'unknown']),
    note: z.string(),
    program: z.string(),
    pid: z.int(),
    ticks: z.int(),
    unit: z.string(),
    keep: z.array(z.string()),
    configs: z.array(z.string()),
    pidFile: z.string(),
    directories: z.array(z.string()),
    exposing: z.string(),
  }),
});

const asked = z.object({
  socket: z.string(),
  via: z.string(),
  level: z.string(),
  master: z.string(),
  version: z.string(),
  servers: z.array(z.object({ name: z.string(), endpoint: z.string() })),
});

export const foundHaproxy = z.object({
  running: z.boolean(),
  root: z.boolean(),
  not_loaded: z.array(z.string()),
  plan: z.object({ found: json(configured) }),
});

export const foundState = z.object({ kept: z.array(z.string()), plan: z.object({ found: json(asked) }) });

export const foundReload = z.object({
  valid: z.boolean(),
  message: z.string(),
  taken: z.array(z.string()),
  unclear: z.array(z.string()),
  plan: z.object({ found: json(z.object({ ports: z.array(z.string()), beside: z.array(z.string()) })) }),
});

export const foundHosts = z.object({
  select: z.string(),
  hosts: z.array(z.object({ name: z.string(), endpoint: z.string() })),
});

export type Configured = z.output<typeof configured>;
export type Server = z.output<typeof serverLine>;
export type Asked = z.output<typeof asked>;
export type Host = z.output<typeof foundHosts>['hosts'][number];

/** Everything planning looks at. */
export interface Found {
  readonly config: Configured;
  readonly root: boolean;
  readonly notLoaded: readonly string[];
  readonly state: Asked;
  readonly kept: readonly string[];
  readonly reload: z.output<typeof foundReload>;
  readonly hosts: readonly Host[];
  readonly select: string;
}
