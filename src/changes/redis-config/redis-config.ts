import { z } from 'zod';
import { type ChangeType, type Effect, type Planned, type PlannedStep, refused } from '../../core/change-type.js';
import type { Reading } from '../../core/fact-type.js';
import { quote } from '../../core/script.js';
import { json } from '../as-the-fact-writes.js';
import { atEveryBoot } from '../user-data.js';
import { REDIS_CONFIG_SCRIPTS } from './scripts.js';

const factName = z.string().regex(/^[a-z][a-z0-9_]*$/);

const args = z.strictObject({
  /** The runbook's fact of type `redis_servers`, and of type `idle_path`. */
  servers: factName,
  path: factName,
  /** s */
  keepalive: z.int().min(1).max(1_000_000),
});

type Args = z.output<typeof args>;

/** What planning needs of the fact `redis_servers`. */
const instance = z.object({
  name: z.string(),
  keepalive: z.int(),
  boot_known: z.boolean(),
  boot_keepalive: z.int(),
  boot_by: z.string(),
  loopback_only: z.boolean(),
  unprotected: z.int(),
  unprotected_peers: z.string(),
  edit: json(
    z.object({
      refusal: z.string(),
      pid: z.int(),
      path: z.string(),
      sha256: z.string(),
      mode: z.string(),
      owner: z.string(),
      line: z.int(),
      text: z.string(),
      host: z.string().regex(/^[0-9A-Za-z:][0-9A-Za-z.:_%-]*$/),
      port: z.int().min(1).max(65_535),
      tls: z.boolean(),
      cert: z.string(),
      key: z.string(),
      conf: z.string(),
      password_file: z.string(),
      user: z.string(),
    }),
  ),
});
const servers = z.object({ instances: z.array(instance) });
const path = z.object({ known: z.boolean(), shortest_s: z.int(), first: z.string() });

type Instance = z.output<typeof instance>;

/**
 * Sets tcp-keepalive of each server of a host that needs it, now (CONFIG SET) and at its next start (the one line of
 * its file). Never runs CONFIG REWRITE, which writes everything that was set at run time and widens the file's mode
 * (measured on redis 7.0.15).
 */
export const redisConfig: ChangeType<Args> = {
  name: 'redis_config',
  summary: 'Sets tcp-keepalive of the Redis servers of a host, running and in their files.',
  args,
  scripts: REDIS_CONFIG_SCRIPTS,
  needs: ({ servers, path }) => [
    { type: 'redis_servers', fact: servers },
    { type: 'idle_path', fact: path },
  ],
  plan: (wanted, readings) => plan(wanted, readings),
};

const plan = ({ keepalive: value }: Args, [first, second]: readonly Reading[]): Planned => {
  const seen = first?.status === 'read' ? servers.safeParse(first.value) : undefined;
  const limits = second?.status === 'read' ? path.safeParse(second.value) : undefined;
  if (!seen?.success || !limits?.success) return refused('What was read of the servers cannot be planned with.');
  const limit = limits.data.known ? limits.data.shortest_s : Number.POSITIVE_INFINITY;
  const protects = (keepalive: number) => keepalive > 0 && keepalive * 2 <= limit;
  const lasts = (one: Instance) => !one.boot_known || (one.boot_keepalive > 0 && one.boot_keepalive <= limit);
  const needy = seen.data.instances.filter((one) => !protects(one.keepalive) || !lasts(one));
  if (needy.length === 0) return { kind: 'nothing' };
  const stuck = needy.find((one) => one.edit.refusal !== '');
  if (stuck) return refused(`${stuck.name}: ${stuck.edit.refusal}.`);
  if (!protects(value))
    return refused(
      `${value} s is above half of the ${limit} s after which ${limits.data.first} ends an idle connection.`,
    );
  const edited = new Set<string>();
  return {
    kind: 'steps',
    steps: needy.map((one) => {
      const target = protects(one.keepalive)
        ? one.keepalive
        : one.boot_known && protects(one.boot_keepalive)
          ? one.boot_keepalive
          : value;
      const edits = one.boot_keepalive !== target && !edited.has(one.edit.path);
      if (edits) edited.add(one.edit.path);
      return step(one, target, edits);
    }),
  };
};

const step = (one: Instance, value: number, edits: boolean): PlannedStep => {
  const { edit } = one;
  const subject = `tcp-keepalive of ${one.name}`;
  const sets = one.keepalive !== value;
  const line = `tcp-keepalive ${value}`;
  const effects: Effect[] = [];
  if (sets) effects.push({ kind: 'running', subject, from: String(one.keepalive), to: String(value) });
  if (edits) {
    effects.push({ kind: 'boot', subject, from: String(one.boot_keepalive), to: String(value) });
    effects.push({ kind: 'edits', file: edit.path, line: edit.line, from: edit.text, to: line });
  }
  if (sets && !one.loopback_only)
    effects.push({
      kind: 'note',
      text:
        one.unprotected > 0
          ? `new connections only: ${one.unprotected} open ones of ${one.name} stay unprotected until they reconnect: ${one.unprotected_peers}`
          : `new connections of ${one.name} only: those that are open keep the time they were opened with`,
    });
  return {
    title: `${one.name}: ${line}`,
    effects,
    env: {
      PID: String(edit.pid),
      HOST: edit.host,
      PORT: String(edit.port),
      TLS: edit.tls ? '1' : '0',
      CERT: edit.cert,
      KEY: edit.key,
      CONF: edit.conf,
      PASSWORD_FILE: edit.password_file,
      NAME: edit.user,
      RUNNING: String(one.keepalive),
      VALUE: String(value),
      FILE: edit.path,
      EDIT: edits ? '1' : '0',
      FILE_BEFORE: edits ? edit.sha256 : '',
      FILE_OWNER: `${edit.mode} ${edit.owner}`,
      LINE: String(edit.line),
    },
    lasting: `- ansible.builtin.lineinfile: { path: ${edit.path}, regexp: '^\\s*tcp-keepalive\\s', line: ${line} }`,
    userData: atEveryBoot(['sh', '-c', inFile(edit.path, line)]),
  };
};

/** Sets the line in the file of a machine that has just come up, before its server starts. */
const inFile = (path: string, line: string): string => {
  const file = quote(path);
  return `sed -i 's/^[[:space:]]*tcp-keepalive[[:space:]].*/${line}/' ${file}; grep -qx '${line}' ${file} || echo '${line}' >> ${file}`;
};
