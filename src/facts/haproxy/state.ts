import { z } from 'zod';
import type { HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { canonicalIp, endpointOf } from '../ip-address.js';
import { byKind, only, othersOnly, type Records, readFrame, Unreadable, whole } from './output.js';
import { HAPROXY_STATE_PROBE } from './state-probe.js';

const args = z.strictObject({ backend: z.string().max(200).default(''), config: z.string().max(500).default('') });

type Args = z.output<typeof args>;

const SHAPES = {
  ...{ uid: 1, found: 1, unread: 1, choices: 1, backend: 1, tools: 1, unreached: 2, socket: 3, worker: 2 },
  ...{ server: 9, listed: 1, unlisted: 1, master: 2, ignored: 1 },
};

/** A server as the running process has it. Only what is forced (MAINT, DRAIN) is an administrative state here. */
export interface RunningServer {
  readonly backend: string;
  readonly name: string;
  readonly endpoint: string;
  /** UP, at a slow start too. */
  readonly up: boolean;
  /** In maintenance or drained, by itself or by the server it tracks, or its name was not resolved. */
  readonly out: boolean;
  readonly forced: '' | 'MAINT' | 'DRAIN';
  readonly weight: number;
  readonly initialWeight: number;
}

/**
 * The running servers of one backend: `serving` are those that HAProxy balances over (UP, a weight above 0, neither MAINT nor
 * DRAIN), `idle` the others, each with why, and `down` those that their check has taken out. And every server of any backend that somebody forced into MAINT or DRAIN
 * or gave another weight (`kept`: a reload would lose that). `failed_reloads` is -1 where no master tells.
 */
export const haproxyState: HostFact<Args> = {
  name: 'haproxy_state',
  summary: 'The servers a running HAProxy has in a backend, their states and weights.',
  args,
  schema: {
    backend: 'string',
    names: 'list<string>',
    endpoints: 'list<string>',
    serving: 'list<string>',
    idle: 'list<string>',
    down: 'list<string>',
    up: 'int',
    total: 'int',
    kept: 'list<string>',
    socket: 'string',
    level: 'string',
    worker: 'int',
    failed_reloads: 'int',
    plan: { found: 'string' },
  },
  probe: ({ backend, config }) => ({ script: HAPROXY_STATE_PROBE, env: { BACKEND: backend, CONFIG: config } }),
  parse: (output) => readFrame('haproxy-state', output, read),
};

const read = (records: Records): Reading => {
  const of = byKind(records, SHAPES);
  const root = whole(only(of('uid'))[0]) === 0;
  const count = whole(only(of('found'))[0]);
  if (count === 0 && of('ignored').length > 0) return { status: 'error', reason: othersOnly(of('ignored')) };
  if (count === 0) return { status: 'absent', reason: 'No HAProxy runs here.' };
  const why = unasked(of, root, count);
  if (why !== undefined) return { status: 'error', reason: why };
  const backend = only(of('backend'))[0] ?? '';
  const [address = '', via, level = ''] = only(of('socket'));
  if (of('unlisted').length > 0)
    return { status: 'error', reason: `${address} does not list its servers (level ${level}).` };
  const worker = whole(only(of('worker'))[0]);
  const all = of('server').map(serverOf);
  const own = all.filter((one) => one.backend === backend);
  if (own.length !== whole(only(of('listed'))[0])) throw new Unreadable('The list of servers is cut.');
  if (own.length === 0)
    return { status: 'error', reason: `The running process has no servers in ${cleanLine(backend, 80)}.` };
  const [master = '', failed] = of('master')[0] ?? [];
  const serving = own.filter(takesRequests);
  const kept = all.filter((one) => one.forced !== '' || one.weight !== one.initialWeight);
  const plan = {
    socket: address,
    via: via === '-' ? '' : `${via} `,
    level,
    master,
    version: of('worker')[0]?.[1] ?? '',
    servers: own,
  };
  return {
    status: 'read',
    value: {
      backend,
      names: own.map((one) => one.name),
      endpoints: own.map((one) => one.endpoint),
      serving: serving.map((one) => one.name),
      idle: own.filter((one) => !takesRequests(one)).map(idleWords),
      down: own.filter((one) => !one.up && !one.out).map((one) => one.name),
      up: serving.length,
      total: own.length,
      kept: kept.map(keptWords),
      socket: address,
      level,
      worker,
      failed_reloads: failed === undefined || failed === 'unknown' ? -1 : whole(failed),
      plan: { found: JSON.stringify(plan) },
    },
    evidence: [
      `asked ${address} (${level}), worker ${worker}${master ? `; master socket ${master}: ${failed} failed reloads` : ''}`,
      ...own.slice(0, 20).map((one) => `${one.name} ${one.endpoint} ${stateWord(one)} weight ${one.weight}`),
    ],
  };
};

const unasked = (of: (kind: string) => Records, root: boolean, count: number): string | undefined => {
  const hint = root ? '' : '; without root it may not be asked';
  if (count !== 1) return `${count} HAProxy instances run here: choose one with config=PATH.`;
  const unread = of('unread')[0]?.[0];
  if (unread !== undefined) return `${unread} cannot be read${root ? '' : ' without root'}.`;
  if (of('choices').length > 0) return 'Which backend is meant cannot be told: choose one with backend=NAME.';
  if (of('tools').length > 0) return 'There is no perl, python3, socat or nc on this host to ask its socket with.';
  if (of('socket').length > 0) return undefined;
  const [address, said] = of('unreached')[0] ?? [];
  if (address === undefined)
    return `It has no stats socket and no master socket (-S): its running servers cannot be read${hint}.`;
  return `Its socket ${address} did not answer (${cleanLine(said || 'no words', 80)})${hint}.`;
};

/** Bits of srv_admin_state: MAINT forced and inherited, DRAIN forced and inherited, MAINT for a name without an address. */
const OUT = [1, 2, 8, 16, 32];

const takesRequests = ({ up, out, weight }: RunningServer): boolean => up && !out && weight > 0;

const stateWord = ({ forced, out, up }: RunningServer): string => forced || (out ? 'taken out' : up ? 'UP' : 'not UP');

const idleWords = (server: RunningServer): string =>
  `${server.name} ${stateWord(server)}${server.weight === 0 ? ' with weight 0' : ''}`;

const serverOf = ([
  backend = '',
  name = '',
  address = '',
  port,
  op,
  admin,
  weight,
  initial,
]: readonly string[]): RunningServer => {
  const ip = canonicalIp(address);
  const forced = whole(admin);
  return {
    backend,
    name,
    endpoint: ip === undefined ? address : endpointOf(ip, whole(port)),
    up: whole(op) === 1 || whole(op) === 2,
    out: OUT.some((bit) => Math.floor(forced / bit) % 2 === 1),
    forced: forced % 2 === 1 ? 'MAINT' : Math.floor(forced / 8) % 2 === 1 ? 'DRAIN' : '',
    weight: whole(weight),
    initialWeight: whole(initial),
  };
};

const keptWords = ({ backend, name, forced, weight, initialWeight }: RunningServer): string =>
  [`${backend}/${name}`, forced, weight === initialWeight ? '' : `weight ${weight} of ${initialWeight}`]
    .filter(Boolean)
    .join(' ');
