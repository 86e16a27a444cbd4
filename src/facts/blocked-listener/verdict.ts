import { endpointOf } from '../ip-address.js';
import { addressKey, type Connection, type Listener, type ListenerTable, type Queue } from './sight.js';
import { type Stand, standsOf } from './tasks.js';

/**
 * What is to be said of one listener.
 *
 * - `free`: nobody's request waits in its accept queue.
 * - `blocked`: all the evidence is there: every task that serves it is caught on an idle connection.
 * - `suspect`: requests wait unaccepted, and `because` says what is missing for certainty.
 * - `cleared`: requests wait, but not because of an idle connection; `because` says for what.
 */
export interface Judged {
  readonly verdict: 'free' | 'blocked' | 'suspect' | 'cleared';
  readonly because: string;
  /** Tasks that serve the listener: all that share it but resting masters. */
  readonly serving: readonly Stand[];
  readonly idle?: Connection;
  readonly evidence: readonly string[];
}

/** Seconds that must lie between the two looks. */
const APART = 4.5;

/** Judges one listener by both looks. */
export const judgeListener = (table: ListenerTable, listener: Listener): Judged => {
  const queue = table.queues.get(addressKey(listener.net, listener.address, listener.port));
  const heading = `LISTEN ${endpointOf(listener.address, listener.port)}: accept queue ${queueWords(listener)}`;
  if (listener.queue === 0 || !queue)
    return { verdict: 'free', because: 'its accept queue is empty', serving: [], evidence: [heading] };
  const lines = [heading, queueLine(queue, table.waited)];
  const plain = (verdict: Judged['verdict'], because: string): Judged => ({
    verdict,
    because,
    serving: [],
    evidence: [...lines, `${verdict}: ${because}`],
  });
  if (queue.askedBefore === 0)
    return plain(
      'free',
      `${queue.before === 1 ? '1 connection waits' : `${queue.before} connections wait`} to be accepted, none with a request`,
    );
  if (table.waited === undefined || table.waited < APART)
    return plain('suspect', 'the second look came too early to tell whether it is served');
  if (queue.accepted > 0 && !sharesAddress(table, listener))
    return plain('cleared', `it is served: ${queue.accepted} of ${queue.before} were accepted between the looks`);
  if (listener.queueAfter === undefined || listener.queueAfter === 0 || queue.askedNow === 0 || queue.still === 0)
    return plain('cleared', 'no request waited from the first look to the second');
  const stands = standsOf(table, listener);
  const judged = judgeTasks(table, stands);
  return {
    ...judged,
    evidence: [
      ...lines,
      ...stands.slice(0, MOST_LINES).map(taskLine),
      ...(stands.length > MOST_LINES ? [`and ${stands.length - MOST_LINES} more tasks`] : []),
      `${judged.verdict}: ${judged.because}`,
    ],
  };
};

const MOST_LINES = 12;

/** Several sockets on one address (SO_REUSEPORT): which of their queues a connection left is not to be seen. */
const sharesAddress = (table: ListenerTable, { net, address, port }: Listener): boolean =>
  table.listeners.filter((one) => one.net === net && one.address === address && one.port === port).length > 1;

const judgeTasks = (table: ListenerTable, stands: readonly Stand[]): Omit<Judged, 'evidence'> => {
  const parents = parentsAmong(table, stands);
  const masters = mastersAmong(parents, stands);
  const serving = stands.filter((one) => !masters.has(one.task.pid));
  const held = serving.filter((one) => one.kind === 'caught');
  const caughtIn = new Set(held.map((one) => one.task.pid));
  const clears =
    serving.find((one) => one.kind === 'serves') ??
    serving.find((one) => one.kind === 'elsewhere' && !caughtIn.has(one.task.pid) && !mayBeMaster(parents, one));
  if (clears) return { verdict: 'cleared', because: `${who(clears)} ${clears.doing}`, serving };
  const [first] = held;
  const idle = first?.connection ? { idle: first.connection } : {};
  const missing = missingOf(table, stands, serving, held);
  return missing === undefined
    ? { verdict: 'blocked', because: `${tasksWord(serving.length)} caught`, serving, ...idle }
    : { verdict: 'suspect', because: missing, serving, ...idle };
};

/** What keeps this from being certain; nothing when it is. */
const missingOf = (
  table: ListenerTable,
  stands: readonly Stand[],
  serving: readonly Stand[],
  held: readonly Stand[],
): string | undefined => {
  if (!table.root) return 'without root, what its process waits for cannot be seen';
  if (stands.length === 0) return 'the process that holds the listener was not found';
  if (table.denied > 0) return `of ${table.denied} processes it could not be read whether they share the listener`;
  if (table.unseenTasks > 0) return `${table.unseenTasks} tasks were too many to look at`;
  if (serving.length === 0) return 'only a master process was found, no task that serves';
  const loose = serving.find((one) => one.kind !== 'caught');
  if (!loose) return undefined;
  if (held.length === 0) return `${who(loose)} is ${loose.doing}, which does not tell why`;
  return `${held.length} of ${serving.length} tasks are caught on an idle connection, but ${who(loose)} is ${loose.doing}`;
};

/** Processes that share the listener and are the parent of another that does. */
const parentsAmong = (table: ListenerTable, stands: readonly Stand[]): ReadonlySet<number> => {
  const pids = new Set(stands.map((one) => one.task.pid));
  const parents = [...pids].map((pid) => table.looks.b.processes.get(pid)?.parent);
  return new Set(parents.flatMap((parent) => (parent !== undefined && pids.has(parent) ? [parent] : [])));
};

/** Masters of prefork servers hold the listener without serving it: parents that rest, or watch all but the listener. */
const mastersAmong = (parents: ReadonlySet<number>, stands: readonly Stand[]): ReadonlySet<number> =>
  new Set(
    [...parents].filter((pid) =>
      stands.every((one) => one.task.pid !== pid || one.kind === 'rests' || watchesOthers(one)),
    ),
  );

/** A parent in an event loop of which it could not be read whether the listener is in it. */
const mayBeMaster = (parents: ReadonlySet<number>, { task }: Stand): boolean =>
  parents.has(task.pid) && task.watches === undefined;

/** In an event loop that does not watch the listener: systemd, uwsgi's and php-fpm's master. */
const watchesOthers = ({ kind, task }: Stand): boolean =>
  kind === 'elsewhere' && /poll|select/.test(task.call) && task.watches !== undefined && task.count !== 1;

const who = ({ name, task }: Stand): string =>
  `${name} pid ${task.pid}${task.tid === task.pid ? '' : ` thread ${task.tid}`}`;

const taskLine = (one: Stand): string =>
  `${who(one)}: ${one.doing}${one.connection ? `, ESTAB, Recv-Q 0, ${receivedWords(one.connection)}` : ''}`;

const receivedWords = ({ received }: Connection): string => {
  if (received === undefined) return 'the task did not run between the looks';
  return received === 0 ? 'no bytes received since it began' : `${received} bytes received, none between the looks`;
};

const queueWords = ({ queue, queueAfter }: Listener): string =>
  queue === 0 ? 'empty' : `${queue}${queueAfter === undefined ? '' : `, then ${queueAfter}`}`;

const queueLine = (queue: Queue, waited: number | undefined): string =>
  [
    `not accepted (ino:0): ${queue.before}, ${queue.askedBefore} with an unread request`,
    ...(waited === undefined
      ? []
      : [
          `${waited.toFixed(1)} s later ${queue.now}, ${queue.askedNow} with an unread request, ${queue.still} of them the same, ${queue.accepted} accepted in between`,
        ]),
    ...(queue.example ? [`such as ${queue.example} with Recv-Q ${queue.exampleBytes}`] : []),
  ].join('; ');

const tasksWord = (n: number): string =>
  n === 1 ? 'the one task that serves it is' : `all ${n} tasks that serve it are`;
