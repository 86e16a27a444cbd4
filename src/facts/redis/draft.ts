import type { Place, RedisFile, RedisProcess } from './seen.js';

/** The lines of one process, put together one by one; a line that is not the probe's is a mismatch. */

export class Mismatch extends Error {}

export type Draft = {
  -readonly [K in keyof RedisProcess]: RedisProcess[K] extends ReadonlyMap<string, string>
    ? Map<string, string>
    : RedisProcess[K] extends readonly (infer T)[]
      ? T[]
      : RedisProcess[K];
};

export const insist = (holds: boolean, reason: string): void => {
  if (!holds) throw new Mismatch(reason);
};

export const count = (text: string | undefined): number => {
  insist(/^\d{1,9}$/.test(text ?? ''), 'The output makes no sense: a count is none.');
  return Number(text);
};

export const begun = ([, pid, program, where, host, port, mode]: readonly string[]): Draft => {
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
    included: [],
    withheld: false,
    maybeTls: false,
    places: [],
    sockets: undefined,
  };
};

export const add = (draft: Draft, kind: string, fields: readonly string[]): void => {
  const [first = '', second = ''] = fields;
  if (kind === 'said') draft.said.set(first, second);
  else if (kind === 'config') draft.config.set(first, second);
  else if (kind === 'info') draft.info.set(first, second);
  else if (kind === 'asked') draft.asked = first;
  else if (kind === 'tls') draft.tls = { cert: second, key: fields[2] ?? '' };
  else if (kind === 'secret') draft.secret = first;
  else if (kind === 'setter') draft.setters.push({ by: first, value: second });
  else if (kind === 'line') draft.lines.push({ line: count(first), text: second });
  else if (kind === 'include') draft.includes.push({ line: count(first), text: second });
  else if (kind === 'included')
    draft.included.push({ line: count(first), path: second, state: fields[2] ?? '', value: fields[3] ?? '' });
  else if (kind === 'withheld') draft.withheld = true;
  else if (kind === 'maybe_tls') draft.maybeTls = true;
  else if (kind === 'sockets_in') draft.places.push(place(fields));
  else if (kind === 'bare_in') draft.places.push(withPeer(draft.places.pop(), 'bare', fields));
  else if (kind === 'silent_in') draft.places.push(withPeer(draft.places.pop(), 'silent', fields));
  else if (kind === 'file') draft.file = file(fields);
  else if (kind === 'tied') draft.tied = { uid: first, trusted: second === '1', by: fields[2] ?? '' };
  else throw new Mismatch('The output has a line that is not the probe’s.');
};

/** The fields of `sockets` behind the port. */
export const place = ([at = '', ...fields]: readonly string[]): Place => {
  const [all = 0, kept = 0, without = 0, other = 0, listeners = 0, unanswered = 0, longest = 0] = fields.map(count);
  insist(
    fields.length === 7 && all === kept + without + other && unanswered <= kept,
    'The output is cut or mixed: the sockets do not add up.',
  );
  const sums = { all, kept, without, other, listeners, unanswered, longest };
  return { address: at === '*' ? at : address(at), ...sums, bare: [], silent: [] };
};

/** A place with one of its peers: the fields of `bare` or `silent` behind the port. */
export const withPeer = (of: Place | undefined, kind: 'bare' | 'silent', [at, peer, n]: readonly string[]): Place => {
  if (!of || of.address !== at) throw new Mismatch('The output is mixed: peers without sockets.');
  return { ...of, [kind]: [...of[kind], { address: address(peer), count: count(n) }] };
};

const address = (text: string | undefined): string => {
  insist(/^[0-9a-fA-F.:]{2,45}$/.test(text ?? ''), 'The output makes no sense: an address is none.');
  return text ?? '';
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
