import type { Block } from './blocks.js';
import { boundPorts, CUT, count, flagged, insist, Mismatch, owners } from './rows.js';
import type { RoomTable } from './seen.js';

/** The table of one network namespace; every sum must fit. */
export const roomTable = ({ get, single, states, tuples, locals, stamps, looks, sides }: Block): RoomTable => {
  insist(get('source')[0] === 'proc', 'The output makes no sense: its source is unknown.');
  const [low, high] = get('range')
    .join(' ')
    .split(' ')
    .map((text) => count(text, 'the range'));
  if (low === undefined || high === undefined || low < 1 || high > 65_535 || low > high)
    throw new Mismatch(`The range ${low}-${high} makes no sense.`);
  const reserved = get('reserved')[0] ?? '';
  const sum = (i: number) => count(get('sum')[i], 'a sum');
  const lines = sum(0);
  const listening = sum(1);
  const unconnected = sum(2);
  const server = sum(3);
  const outside = sum(4);
  const client = sum(5);
  const tupleCount = sum(6);
  const restTuples = sum(7);
  const restSockets = sum(8);
  const unparsed = sum(9);
  insist(unparsed === 0, `${unparsed} of ${lines} socket lines could not be read.`);
  const capacity = portsOf(low, high, reserved);
  insist(capacity > 0, `No port of the range ${low}-${high} is left: ip_local_reserved_ports takes them all.`);
  insist(sum(10) === capacity, 'The output makes no sense: the ports do not add up.');
  const inStates = [...states.values()].reduce((a, b) => a + b, 0);
  insist(
    lines === inStates &&
      lines === listening + unconnected + server + outside + client &&
      (states.get('LISTEN') ?? 0) === listening &&
      tuples.length === Math.min(10, tupleCount) &&
      tupleCount === tuples.length + restTuples &&
      client === tuples.reduce((sum, one) => sum + one.total, 0) + restSockets &&
      restSockets >= restTuples &&
      new Set(tuples.map((one) => `${one.local} ${one.peer} ${one.peerPort}`)).size === tuples.length,
    CUT,
  );
  for (const state of ['ESTAB', 'TIME-WAIT'] as const) {
    const shown = tuples.reduce((sum, one) => sum + (state === 'ESTAB' ? one.established : one.timeWait), 0);
    insist(shown <= (states.get(state) ?? 0), CUT);
  }
  const [ips, restIps, ports, restPorts] = [0, 1, 2, 3].map((i) => count(get('locals')[i], 'the local addresses'));
  insist(
    locals.length === Math.min(10, ips ?? -1) &&
      ips === locals.length + (restIps ?? -1) &&
      ports === locals.reduce((sum, one) => sum + one.distinct, 0) + (restPorts ?? -1) &&
      locals.every((one) => one.distinct <= capacity) &&
      locals.reduce((sum, one) => sum + one.sockets, 0) <= client &&
      (restIps !== 0 || locals.reduce((sum, one) => sum + one.sockets, 0) === client) &&
      new Set(locals.map((one) => one.ip)).size === locals.length,
    CUT,
  );
  const reuse = get('reuse')[0] ?? '';
  const delay = get('delay')[0] ?? '';
  const timestamps = get('timestamps')[0] ?? '';
  insist(/^[012]$/.test(timestamps), 'tcp_timestamps could not be read.');
  insist(
    [...looks.keys(), ...sides.keys()].every((ip) => locals.some((one) => one.ip === ip)),
    CUT,
  );
  const unlisted = single.get('unlisted');
  const holder = single.get('holder');
  return {
    range: { low, high },
    reserved,
    capacity,
    reuse: reuse === '' ? undefined : count(reuse, 'tcp_tw_reuse'),
    delayMs: delay === '' ? undefined : count(delay, 'tcp_tw_reuse_delay'),
    timestamps: timestamps !== '0',
    states,
    tuples,
    locals: flagged(locals, single.get('flags')).map((one) => {
      const look = looks.get(one.ip);
      const opened = sides.get(one.ip);
      return { ...one, ...(look && { look }), ...(opened && { sides: opened }) };
    }),
    bound: boundPorts(single.get('bound'), capacity),
    stamps,
    sums: { lines, listening, server, outside, client, tuples: tupleCount },
    owners: owners(single.get('owners')),
    unlisted: unlisted && count(unlisted[0], 'the unlisted sockets'),
    holder: holder && {
      pid: count(holder[0], 'a process id'),
      sockets: count(holder[1], 'the unlisted sockets'),
      name: holder.slice(2).join(' '),
    },
  };
};

/** Ports of the range that are not reserved. */
const portsOf = (low: number, high: number, reserved: string): number => {
  const taken = new Set<number>();
  for (const part of reserved.split(',')) {
    const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (!found) continue;
    const to = Math.min(Number(found[2] ?? found[1]), high);
    for (let port = Math.max(Number(found[1]), low); port <= to; port++) taken.add(port);
  }
  return high - low + 1 - taken.size;
};
