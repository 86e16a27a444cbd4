import { unframed } from '../framing.js';
import { add, begun, count, type Draft, insist, Mismatch, sockets } from './draft.js';
import type { RedisTable, Sockets } from './seen.js';

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
