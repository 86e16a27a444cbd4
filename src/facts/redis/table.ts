import { unframed } from '../framing.js';

/** The lines of the probe `redis`, read strictly: a line that is not the probe's is a reason and no value. */

export interface RedisFile {
  readonly path: string;
  readonly real: string;
  readonly type: string;
  /** Is it the file the process sees under that path? */
  readonly same: string;
  readonly mode: string;
  readonly owner: string;
  readonly links: number;
  readonly writable: boolean;
  readonly sha256: string;
}

export interface Tie {
  /** Empty where its user ids differ. */
  readonly uid: string;
  /** It is root's, redis', valkey's or the file's owner's. */
  readonly trusted: boolean;
  /** Who else names the file: argv, unit, or nobody (empty). */
  readonly by: string;
}

export interface Numbered {
  readonly line: number;
  readonly text: string;
}

export interface Sockets {
  readonly all: number;
  readonly kept: number;
  /** Connections of other hosts without any timer: they have no SO_KEEPALIVE. */
  readonly without: number;
  readonly other: number;
  readonly listeners: number;
  readonly loopbackOnly: boolean;
  readonly bare: readonly { readonly address: string; readonly count: number }[];
}

export interface RedisProcess {
  readonly pid: number;
  readonly program: string;
  readonly where: 'host' | 'container' | 'endpoint';
  readonly host: string;
  /** The address that was asked: loopback where the other one does not answer. */
  readonly asked: string;
  readonly port: number;
  readonly mode: string;
  readonly said: ReadonlyMap<string, string>;
  readonly config: ReadonlyMap<string, string>;
  readonly info: ReadonlyMap<string, string>;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** The configuration file that its password was read from. */
  readonly secret: string | undefined;
  readonly setters: readonly string[];
  readonly file: RedisFile | undefined;
  /** What ties the process to the file that its answer names. */
  readonly tied: Tie | undefined;
  readonly lines: readonly Numbered[];
  readonly includes: readonly Numbered[];
  readonly withheld: boolean;
  readonly maybeTls: boolean;
  readonly sockets: Sockets | undefined;
}

export interface RedisTable {
  readonly root: boolean;
  readonly client: string;
  readonly hidden: boolean;
  /** Processes that were not looked at, above the most that are. */
  readonly beyond: number;
  readonly unreadPasswordFile: string | undefined;
  readonly processes: readonly RedisProcess[];
}

export type Tabled =
  | { readonly ok: true; readonly value: RedisTable }
  | { readonly ok: false; readonly reason: string };

class Mismatch extends Error {}

type Draft = {
  -readonly [K in keyof RedisProcess]: RedisProcess[K] extends ReadonlyMap<string, string>
    ? Map<string, string>
    : RedisProcess[K] extends readonly (infer T)[]
      ? T[]
      : RedisProcess[K];
};

const insist = (holds: boolean, reason: string): void => {
  if (!holds) throw new Mismatch(reason);
};

const count = (text: string | undefined): number => {
  insist(/^\d{1,9}$/.test(text ?? ''), 'The output makes no sense: a count is none.');
  return Number(text);
};

/** Reads the probe's output. */
export const redisTable = (output: string): Tabled => {
  if (output.length > 300_000) return { ok: false, reason: 'The output is far longer than the probe prints.' };
  const frame = unframed('redis', output);
  if (!frame.ok) return frame;
  try {
    return { ok: true, value: read(frame.records) };
  } catch (error) {
    if (error instanceof Mismatch) return { ok: false, reason: error.message };
    throw error;
  }
};

const read = (records: readonly (readonly string[])[]): RedisTable => {
  const head = new Map<string, readonly string[]>();
  const drafts: Draft[] = [];
  const byPort = new Map<number, Sockets>();
  const bare = new Map<number, { address: string; count: number }[]>();
  for (const [kind = '', ...fields] of records) {
    if (kind === 'uid' || kind === 'client' || kind === 'hidden' || kind === 'beyond' || kind === 'passfile') {
      insist(!head.has(kind) && drafts.length === 0, `The output is mixed: ${kind} comes twice or late.`);
      head.set(kind, fields);
    } else if (kind === 'sockets') {
      const port = count(fields[0]);
      insist(!byPort.has(port), 'The output is mixed: a port comes twice.');
      byPort.set(port, sockets(fields.slice(1), listOf(bare, port)));
    } else if (kind === 'bare') {
      listOf(bare, count(fields[0])).push({ address: address(fields[1]), count: count(fields[2]) });
    } else if (kind === 'instance') {
      insist(count(fields[0]) === drafts.length + 1, 'The output is mixed: the instances are not in order.');
      drafts.push(begun(fields));
    } else {
      const draft = drafts[count(fields[0]) - 1];
      if (!draft) throw new Mismatch('The output is mixed: a line belongs to no instance.');
      add(draft, kind, fields.slice(1));
    }
  }
  const uid = head.get('uid')?.[0] ?? '';
  const client = head.get('client');
  insist(/^\d{1,10}$/.test(uid) && client?.length === 2, 'The output lacks uid or client.');
  return {
    root: uid === '0',
    client: client?.find((name) => name !== '') ?? '',
    hidden: head.has('hidden'),
    beyond: head.has('beyond') ? count(head.get('beyond')?.[0]) : 0,
    unreadPasswordFile: head.get('passfile')?.[0],
    processes: drafts.map((one) => (one.where === 'host' ? { ...one, sockets: byPort.get(one.port) } : one)),
  };
};

const listOf = <T>(lists: Map<number, T[]>, key: number): T[] => {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
};

const address = (text: string | undefined): string => {
  insist(/^[0-9a-fA-F.:]{2,45}$/.test(text ?? ''), 'The output makes no sense: an address is none.');
  return text ?? '';
};

const begun = ([, pid, program, where, host, port, mode]: readonly string[]): Draft => {
  insist(
    where === 'host' || where === 'container' || where === 'endpoint',
    'The output makes no sense: an instance is nowhere.',
  );
  insist(
    mode !== undefined && (port === '' || count(port) <= 65_535),
    'The output makes no sense: an instance is cut.',
  );
  return {
    pid: count(pid),
    program: program ?? '',
    where: where === 'container' || where === 'endpoint' ? where : 'host',
    host: host ?? '',
    asked: host ?? '',
    port: Number(port),
    mode: mode ?? '',
    said: new Map(),
    config: new Map(),
    info: new Map(),
    tls: undefined,
    secret: undefined,
    setters: [],
    file: undefined,
    tied: undefined,
    lines: [],
    includes: [],
    withheld: false,
    maybeTls: false,
    sockets: undefined,
  };
};

const add = (draft: Draft, kind: string, fields: readonly string[]): void => {
  const [first = '', second = ''] = fields;
  if (kind === 'said') draft.said.set(first, second);
  else if (kind === 'config') draft.config.set(first, second);
  else if (kind === 'info') draft.info.set(first, second);
  else if (kind === 'asked') draft.asked = first;
  else if (kind === 'tls') draft.tls = { cert: second, key: fields[2] ?? '' };
  else if (kind === 'secret') draft.secret = first;
  else if (kind === 'setter') draft.setters.push(first);
  else if (kind === 'line') draft.lines.push({ line: count(first), text: second });
  else if (kind === 'include') draft.includes.push({ line: count(first), text: second });
  else if (kind === 'withheld') draft.withheld = true;
  else if (kind === 'maybe_tls') draft.maybeTls = true;
  else if (kind === 'sockets_in') draft.sockets = sockets(fields.slice(1), []);
  else if (kind === 'bare_in') insist(draft.sockets !== undefined, 'The output is mixed: peers without sockets.');
  else if (kind === 'file') draft.file = file(fields);
  else if (kind === 'tied') draft.tied = { uid: first, trusted: second === '1', by: fields[2] ?? '' };
  else throw new Mismatch('The output has a line that is not the probe’s.');
};

const sockets = (fields: readonly string[], bare: Sockets['bare']): Sockets => {
  const [all, kept, without, other, listeners] = fields.map(count);
  insist(
    all !== undefined &&
      kept !== undefined &&
      without !== undefined &&
      other !== undefined &&
      listeners !== undefined &&
      fields.length === 6 &&
      all === kept + without + other,
    'The output is cut or mixed: the sockets do not add up.',
  );
  return {
    all: all ?? 0,
    kept: kept ?? 0,
    without: without ?? 0,
    other: other ?? 0,
    listeners: listeners ?? 0,
    loopbackOnly: fields[5] === '1',
    bare,
  };
};

const file = (fields: readonly string[]): RedisFile => {
  const [path, real, type, same, mode, uid, gid, links, writable, sha256] = fields;
  insist(fields.length === 10, 'The output is cut: a file lacks fields.');
  return {
    path: path ?? '',
    real: real ?? '',
    type: type ?? '',
    same: same ?? '',
    mode: mode ?? '',
    owner: `${uid ?? ''}:${gid ?? ''}`,
    links: /^\d{1,6}$/.test(links ?? '') ? Number(links) : 0,
    writable: writable === '1',
    sha256: /^[0-9a-f]{64}$/.test(sha256 ?? '') ? (sha256 ?? '') : '',
  };
};
