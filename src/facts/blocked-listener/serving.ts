import type { Connection, ListenerTable } from './sight.js';
import { callKind } from './syscalls.js';
import type { Stand } from './tasks.js';
import { who } from './words.js';

/** What the tasks that share a listener tell by themselves; `serving` are all of them but resting masters. */
export interface Judgement {
  readonly verdict: 'free' | 'blocked' | 'suspect' | 'cleared';
  readonly because: string;
  readonly serving: readonly Stand[];
  readonly idle?: Connection;
}

/** Judges by what each task was in: `blocked` when all that serve are caught, `cleared` when one certainly is not. */
export const judgeTasks = (table: ListenerTable, stands: readonly Stand[]): Judgement => {
  const parents = parentsAmong(table, stands);
  const masters = mastersAmong(parents, stands);
  const serving = stands.filter((one) => !masters.has(one.task.pid));
  const held = serving.filter((one) => one.kind === 'caught');
  const stuck = stuckIn(serving);
  const clears =
    serving.find((one) => one.kind === 'serves') ??
    serving.find((one) => one.kind === 'elsewhere' && !stuck.has(one.task.pid) && !mayBeMaster(parents, one));
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
  const hops = serving.find((one) => one.kind === 'hops');
  if (hops) return `${who(hops)} is ${hops.doing}`;
  const loose = serving.find((one) => one.kind !== 'caught');
  if (!loose) return undefined;
  if (held.length === 0) return `${who(loose)} is ${loose.doing}, which does not tell why`;
  return `${held.length} of ${serving.length} tasks are caught on an idle connection, but ${who(loose)} is ${loose.doing}`;
};

/** Processes with a task that is on an idle connection; what their other threads do serves nobody. */
const stuckIn = (serving: readonly Stand[]): ReadonlySet<number> =>
  new Set(serving.filter((one) => one.kind === 'caught' || one.kind === 'hops').map((one) => one.task.pid));

/** Whether they accept, but every process that serves goes from one idle connection to the next. */
export const allHop = ({ verdict, serving }: Judgement): boolean =>
  verdict !== 'cleared' &&
  serving.some((one) => one.kind === 'hops') &&
  serving.every((one) => stuckIn(serving).has(one.task.pid));

/** Whether one went on working between the looks, and none is on an idle connection: in a sleep, a write, a lock. */
export const atWork = ({ serving }: Judgement): boolean =>
  stuckIn(serving).size === 0 &&
  serving.some(
    ({ ran, kind, task }) =>
      ran && (kind === 'rests' || (callKind(task.call) === 'other' && !task.call.startsWith('nr:'))),
  );

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

const tasksWord = (n: number): string =>
  n === 1 ? 'the one task that serves it is' : `all ${n} tasks that serve it are`;
