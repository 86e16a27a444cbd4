import { z } from 'zod';
import type { HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { type Bind, bindOf, type Holding, type Listener, listenerOf } from './binds.js';
import { byKind, notRun, only, othersOnly, type Records, readFrame, whole } from './output.js';
import { HAPROXY_RELOAD_PROBE } from './reload-probe.js';

const args = z.strictObject({ config: z.string().max(500).default('') });

const SHAPES = {
  ...{ uid: 1, found: 1, checked: 1, said: 1, bind: 4, cut: 1, listener: 2, listening: 1, holder: 2 },
  ...{ unread: 1, untrusted: 1, ignored: 1 },
};

/**
 * Whether a reload would succeed now: the files are valid (`haproxy -c` with the live process's own files, arguments and
 * environment) and every address they bind is free or this instance's own (`haproxy -c` does not look: measured on 2.6).
 */
export const haproxyReload: HostFact<z.output<typeof args>> = {
  name: 'haproxy_reload',
  summary: 'Whether a reload of HAProxy would succeed: files valid, addresses free or its own.',
  args,
  schema: {
    valid: 'bool',
    message: 'string',
    taken: 'list<string>',
    unclear: 'list<string>',
    plan: { found: 'string' },
  },
  probe: ({ config }) => ({ script: HAPROXY_RELOAD_PROBE, env: { BACKEND: '', CONFIG: config } }),
  parse: (output) => readFrame('haproxy-reload', output, read),
};

const read = (records: Records): Reading => {
  const of = byKind(records, SHAPES);
  const root = whole(only(of('uid'))[0]) === 0;
  const count = whole(only(of('found'))[0]);
  if (count === 0 && of('ignored').length > 0) return error(othersOnly(of('ignored')));
  if (count === 0) return { status: 'absent', reason: 'No HAProxy runs here.' };
  if (count !== 1) return error(`${count} HAProxy instances run here: choose one with config=PATH.`);
  if (!root) return error('Whether a reload would succeed cannot be told without root.');
  if (of('untrusted').length > 0) return error(notRun(of('untrusted')));
  const status = whole(only(of('checked'))[0]);
  const said = of('said').map(([text = '']) => text);
  const message = cleanLine(said.find((text) => text.includes('ALERT')) ?? said[0] ?? '', 300);
  if (status !== 0 && !said.some((text) => text.includes('ALERT')))
    return error(`haproxy -c did not come to its end (${status}): ${message || 'no words'}`);
  if (of('unread').length > 0 || of('cut').length > 0)
    return error('Which of its addresses are its own cannot be told: its sockets cannot be read whole.');
  const listeners = of('listener').map(listenerOf);
  if (listeners.length !== whole(only(of('listening'))[0])) return error('More sockets listen here than are read.');
  const binds = of('bind').flatMap(bindOf);
  const holders = new Map(of('holder').map(([port = '', who = '']) => [port, cleanLine(who, 60)]));
  return reading(status === 0, message, binds, listeners, holders);
};

const error = (reason: string): Reading => ({ status: 'error', reason });

const reading = (
  valid: boolean,
  message: string,
  binds: readonly Bind[],
  listeners: readonly Listener[],
  holders: ReadonlyMap<string, string>,
): Reading => {
  const words = (bind: Bind) => `${bind.address} (${bind.place})`;
  const judged = binds.map((bind) => ({ bind, holding: bind.held(listeners) }));
  const those = (wanted: Holding) => judged.filter((one) => one.holding === wanted).map((one) => one.bind);
  const taken = those('taken').map((bind) => {
    const who = holders.get(bind.port);
    return `${words(bind)}${who === undefined ? '' : ` by ${who}`}`;
  });
  return {
    status: 'read',
    value: {
      valid,
      message,
      taken,
      unclear: those('unclear').map(words),
      plan: { found: JSON.stringify(onPorts(binds, listeners)) },
    },
    evidence: [
      `haproxy -c: ${valid ? 'valid' : message || 'not valid'}`,
      `${those('ours').length} of ${binds.length} addresses are its own, ${those('free').length} free`,
      ...taken.map((text) => `taken: ${text}`),
    ],
  };
};

/** The ports that are bound, and who else listened on one of them, as /proc/net/tcp writes it: a change looks again. */
const onPorts = (binds: readonly Bind[], listeners: readonly Listener[]) => {
  const ports = new Set(binds.flatMap((bind) => (bind.port === '' ? [] : [Number(bind.port)])));
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  return {
    ports: [...ports].map(hex),
    beside: listeners.filter((one) => !one.ours && ports.has(one.port)).map((one) => one.hex),
  };
};
