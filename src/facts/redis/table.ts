import { unframed } from '../framing.js';
import { add, begun, count, type Draft, insist, Mismatch, place, withPeer } from './draft.js';
import { socketsOf } from './listeners.js';
import type { Place, RedisTable } from './seen.js';

/** The lines of the probe `redis`, read strictly: a line that is not the probe's is a reason and no value. */

export type Tabled =
  | { readonly ok: true; readonly value: RedisTable }
  | { readonly ok: false; readonly reason: string };

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
  const byPort = new Map<number, Place[]>();
  for (const [kind = '', ...fields] of records) {
    if (kind === 'clients') continue;
    if (kind === 'uid' || kind === 'client' || kind === 'hidden' || kind === 'beyond' || kind === 'passfile') {
      insist(!head.has(kind) && drafts.length === 0, `The output is mixed: ${kind} comes twice or late.`);
      head.set(kind, fields);
    } else if (kind === 'sockets') {
      const places = listOf(byPort, count(fields[0]));
      const one = place(fields.slice(1));
      insist(!places.some((other) => other.address === one.address), 'The output is mixed: an address comes twice.');
      places.push(one);
    } else if (kind === 'bare' || kind === 'silent') {
      const places = listOf(byPort, count(fields[0]));
      places.push(withPeer(places.pop(), kind, fields.slice(1)));
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
    processes: drafts.map((one) => {
      if (one.where === 'endpoint') return one;
      const ports = portsOf(one);
      const places = one.where === 'host' ? ports.flatMap((port) => byPort.get(port) ?? []) : one.places;
      const shares = (other: Draft) => other.where === 'host' && portsOf(other).some((port) => ports.includes(port));
      const alone = one.where === 'host' && drafts.filter(shares).length === 1;
      return { ...one, sockets: socketsOf(one, places, alone) };
    }),
  };
};

/** The port it was asked at, and that of another kind beside it: plain or TLS. */
const portsOf = ({ port, config }: Draft): readonly number[] => {
  const said = [config.get('port'), config.get('tls-port')].map(Number).filter((n) => n >= 1 && n <= 65_535);
  return [...new Set([port, ...said])];
};

const listOf = <T>(lists: Map<number, T[]>, key: number): T[] => {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
};
