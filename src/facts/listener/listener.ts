import { z } from 'zod';
import type { HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { unframed } from '../framing.js';
import { isLoopback, procAddress, ssAddress } from '../socket-address.js';
import { LISTENER_PROBE } from './probe.js';

const args = z.strictObject({ port: z.int().min(1).max(65_535), proto: z.enum(['tcp', 'udp']).default('tcp') });

type Args = z.output<typeof args>;

/**
 * What listens on a port in the host's own network namespace: `addresses`, `processes` with their PIDs, the longest
 * accept `queue` now and its `backlog` (-1 where only /proc tells, which does not have it). `local` is true when only
 * loopback addresses listen. Without root the processes of other users are not seen: `process_known`.
 */
export const listener: HostFact<Args> = {
  name: 'listener',
  summary: 'Whether something listens on a port, where, which process, and its queue.',
  args,
  schema: {
    listening: 'bool',
    local: 'bool',
    addresses: 'list<string>',
    process: 'string',
    process_known: 'bool',
    pids: 'list<string>',
    queue: 'int',
    backlog: 'int',
  },
  probe: ({ port, proto }) => ({
    script: LISTENER_PROBE,
    env: { PORT: String(port), PORT_HEX: port.toString(16).toUpperCase().padStart(4, '0'), PROTO: proto },
  }),
  parse: (output, wanted) => {
    const frame = unframed('listener', output);
    return frame.ok ? read(frame.records, wanted) : error(frame.reason);
  },
};

const error = (reason: string): Reading => ({ status: 'error', reason });
const FOREIGN = 'The output has a line that is not the probe’s.';

interface Row {
  readonly ip: string;
  readonly queue: number;
  readonly backlog: number;
  readonly users: readonly { readonly name: string; readonly pid: string }[];
}

const read = (records: readonly (readonly string[])[], { port, proto }: Args): Reading => {
  const [asked, uid, source, ...rest] = records;
  if (asked?.join('\t') !== `asked\t${proto}\t${port}`) return error('The output is about another port.');
  if (uid?.[0] !== 'uid' || !/^\d{1,10}$/.test(uid[1] ?? '')) return error('The output lacks uid.');
  if (source?.[0] === 'unreadable') return error('There is neither ss nor /proc/net on this host.');
  const from = source?.[0] === 'source' ? source[1] : undefined;
  if (from !== 'ss' && from !== 'proc') return error(FOREIGN);
  const owners = new Map<string, { name: string; pid: string }[]>();
  for (const [kind, inode = '', pid = '', comm] of rest) {
    if (kind !== 'owner') continue;
    if (from === 'ss' || !/^\d{1,10}$/.test(pid) || comm === undefined) return error(FOREIGN);
    owners.set(inode, [...(owners.get(inode) ?? []), { name: cleanLine(comm, 60), pid }]);
  }
  const rows: Row[] = [];
  for (const record of rest) {
    if (record[0] === 'owner') continue;
    const row = record[0] === 'listen' ? rowOf(record, from, owners) : undefined;
    if (!row || row.port !== port) return error(FOREIGN);
    rows.push(row);
  }
  const names = [...new Set(rows.flatMap((row) => row.users.map((user) => user.name)))];
  const addresses = [...new Set(rows.map((row) => row.ip))];
  const value = {
    listening: rows.length > 0,
    local: rows.length > 0 && addresses.every(isLoopback),
    addresses,
    process: names.join(', '),
    process_known: rows.every((row) => row.users.length > 0),
    pids: [...new Set(rows.flatMap((row) => row.users.map((user) => user.pid)))],
    queue: Math.max(0, ...rows.map((row) => row.queue)),
    backlog: Math.max(-1, ...rows.map((row) => row.backlog)),
  };
  const evidence = rows.map(({ ip, queue, users }) => {
    const who = users.map((user) => `${user.name} (${user.pid})`).join(', ');
    return cleanLine(`${proto} ${ip}:${port} ${who || 'process not seen'}, queue ${queue}`);
  });
  return { status: 'read', value, evidence: evidence.length > 0 ? evidence : [`nothing listens on ${proto} ${port}`] };
};

const rowOf = (
  [, local = '', queue = '', backlog = '', users = '', ...more]: readonly string[],
  from: 'ss' | 'proc',
  owners: ReadonlyMap<string, Row['users']>,
): (Row & { readonly port: number }) | undefined => {
  const place = from === 'ss' ? ssAddress(local) : procAddress(local);
  if (!place || more.length > 0) return undefined;
  if (from === 'proc') {
    if (!/^[0-9A-F]{8}$/.test(queue)) return undefined;
    return { ...place, queue: Number.parseInt(queue, 16), backlog: -1, users: owners.get(users) ?? [] };
  }
  if (!/^\d{1,9}$/.test(queue) || !/^\d{1,10}$/.test(backlog)) return undefined;
  const seen = [...users.matchAll(/\("([^"]{0,40})",pid=(\d{1,10}),/g)];
  return {
    ...place,
    queue: Number(queue),
    backlog: Number(backlog),
    users: seen.map(([, name = '', pid = '']) => ({ name: cleanLine(name, 60), pid })),
  };
};
