import { z } from 'zod';
import type { FactValue, HostFact } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { proxyPort, serverAddress, threadedVariant } from './advice.js';
import { BLOCKED_LISTENER_PROBE } from './probe.js';
import { addressKey, type Listener, type ListenerTable } from './sight.js';
import { SYSCALL_ENV } from './syscalls.js';
import { listenerTable } from './table.js';
import { isFull, judgeListener } from './verdict.js';
import { unservedWords } from './words.js';

/** Between the two looks, ms; only where a request waits in an accept queue. */
const WAIT_MS = 5000;

/**
 * Every TCP listener, and whether idle connections block the server behind it: accept queue, requests in it, and what
 * each task that shares the listener waits in, at two looks 5 s apart (measured on Linux 6.18). `verdict` is `free`,
 * `blocked`, `suspect` or `cleared`; `because` says why. `waiting` are the requests at the last look that found one;
 * `full`: nobody else can connect. `unserved` says both in words. Listeners with a waiting queue come first; of the
 * idle ones at most 100 are listed.
 */
export const blockedListener: HostFact<Record<string, never>> = {
  name: 'blocked_listener',
  summary: 'TCP listeners, and whether idle connections keep their server from accepting.',
  args: z.strictObject({}),
  schema: {
    listeners: [
      {
        address: 'string',
        port: 'int',
        namespace: 'string',
        process: 'string',
        pid: 'int',
        tasks: 'int',
        queue: 'int',
        waiting: 'int',
        full: 'bool',
        unserved: 'string',
        verdict: 'string',
        because: 'string',
        idle_peer: 'string',
        threaded: 'string',
        server: 'string',
        slots: 'int',
        proxy_port: 'int',
        evidence: 'list<string>',
      },
    ],
    count: 'int',
    root: 'bool',
    source: 'string',
    unread: 'int',
    kernel: 'string',
  },
  probe: () => ({ script: BLOCKED_LISTENER_PROBE, env: SYSCALL_ENV, waitMs: WAIT_MS }),
  parse: (output) => {
    const table = listenerTable(output);
    if (!table.ok) return { status: 'error', reason: table.reason };
    if (table.value.more.waiting > 0)
      return {
        status: 'error',
        reason: `${table.value.more.waiting} listeners with a queue were too many to look at.`,
      };
    return { status: 'read', value: tableValue(table.value), evidence: evidenceOf(table.value) };
  },
};

const tableValue = (table: ListenerTable): FactValue => ({
  listeners: table.listeners.map((one) => listenerValue(table, one)),
  count: table.listeners.length + table.more.idle,
  root: table.root,
  source: table.source,
  unread: table.hidden,
  kernel: cleanLine(table.kernel, 80),
});

const listenerValue = (table: ListenerTable, listener: Listener): FactValue => {
  const { verdict, because, serving, idle, evidence } = judgeListener(table, listener);
  const [first] = serving.filter((one) => one.kind === 'caught').concat(serving);
  const queue = table.queues.get(addressKey(listener.net, listener.address, listener.port));
  const waiting = queue?.askedNow || (queue?.askedBefore ?? 0);
  const full = isFull(listener) ?? false;
  const namespace = listener.net === 0 ? '' : `of ${table.nets.get(listener.net) || 'a container'}`;
  const where = namespace ? [`in the network namespace ${namespace}`] : [];
  return {
    address: listener.address,
    port: listener.port,
    namespace: cleanLine(namespace, 40),
    process: cleanLine(first?.name ?? '', 40) || 'its process',
    pid: first?.task.pid ?? 0,
    tasks: serving.length,
    queue: listener.queue,
    waiting,
    full,
    unserved: unservedWords(listener, waiting, full),
    verdict,
    because: cleanLine(because, 200),
    idle_peer: idle?.peer ?? '',
    threaded: threadedVariant(first && table.kinds.get(first.task.pid)),
    server: serverAddress(listener),
    slots: Math.max(1, serving.length),
    proxy_port: proxyPort(table.listeners, listener),
    evidence: [...evidence, ...where].map((line) => cleanLine(line)),
  };
};

const evidenceOf = (table: ListenerTable): readonly string[] =>
  [
    `${table.listeners.length + table.more.idle} TCP listeners, ${table.listeners.filter((one) => one.queue > 0).length} with a waiting accept queue, read from /proc/net/tcp${table.source === 'ss' ? ' and ss' : ''}`,
    `kernel ${table.kernel} (${table.machine})`,
    ...(table.hidden > 0 ? [`the network namespaces of ${table.hidden} processes could not be read`] : []),
    ...(table.root ? [] : ['read without root: what the processes of others wait for is not seen']),
  ].map((line) => cleanLine(line));
