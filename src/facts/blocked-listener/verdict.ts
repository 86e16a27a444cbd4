import { endpointOf } from '../ip-address.js';
import { allHop, atWork, type Judgement, judgeTasks } from './serving.js';
import { addressKey, type Listener, type ListenerTable, type Queue } from './sight.js';
import { standsOf } from './tasks.js';
import { queueLine, queueWords, taskLine } from './words.js';

/**
 * What is to be said of one listener.
 *
 * - `free`: nobody's request waits in its accept queue, and there is room in it.
 * - `blocked`: all the evidence is there: every task that serves it is caught on an idle connection.
 * - `suspect`: requests wait unaccepted, or the queue is full, and `because` says what is missing for certainty.
 * - `cleared`: that is so, but not because of an idle connection; `because` says for what.
 */
export interface Judged extends Judgement {
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
  const full = isFull(listener);
  if (queue.askedBefore === 0 && (full === false || (full === undefined && table.waited === undefined)))
    return plain('free', noRequest(queue));
  if (table.waited === undefined || table.waited < APART)
    return plain('suspect', 'the second look came too early to tell whether it is served');
  const stands = standsOf(table, listener);
  const tasks = judgeTasks(table, stands);
  const judged = { ...tasks, ...weighed(table, listener, queue, tasks) };
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

/** What became of the queue between the looks, and what its tasks were in, taken together. */
const weighed = (
  table: ListenerTable,
  listener: Listener,
  queue: Queue,
  tasks: Judgement,
): Pick<Judged, 'verdict' | 'because'> => {
  const none = { verdict: 'cleared', because: 'no request waited from the first look to the second' } as const;
  const alone = !sharesAddress(table, listener);
  const served = servedWords(queue);
  if (served && alone && !allHop(tasks)) return { verdict: 'cleared', because: `it is served: ${served}` };
  if (queue.askedBefore === 0) return unasked(listener, queue, tasks);
  if (!listener.queueAfter || (queue.askedNow === 0 && (!alone || tasks.verdict !== 'blocked'))) return none;
  if (queue.still > 0) return tasks;
  // Those of the first look are gone: served and closed by their clients, or given up by them. A task that did not run
  // accepted none, and only who accepts makes the queue shorter.
  const untouched = listener.queueAfter >= listener.queue && tasks.serving.every((one) => !one.ran);
  if (tasks.verdict === 'blocked' && !untouched)
    return {
      verdict: 'suspect',
      because: `${tasks.because}, but the requests of the first look are gone, and it may have accepted them`,
    };
  if (tasks.verdict === 'suspect' && atWork(tasks))
    return { verdict: 'cleared', because: 'no request waited from the first look to the second, its tasks went on' };
  return tasks;
};

/** Nobody who waits has asked anything. Where the queue is full, whoever would ask cannot even connect. */
const unasked = (listener: Listener, queue: Queue, tasks: Judgement): Pick<Judged, 'verdict' | 'because'> => {
  if (isFull(listener)) return tasks;
  return listener.backlog === undefined && listener.queueAfter && tasks.verdict === 'blocked'
    ? {
        verdict: 'suspect',
        because: `${tasks.because}, and whether its accept queue is full cannot be told without ss`,
      }
    : { verdict: 'free', because: noRequest(queue) };
};

/** Whether it takes nobody in, at every look that there was; undefined where its backlog is not known. */
export const isFull = ({ queue, queueAfter = queue, backlog }: Listener): boolean | undefined =>
  backlog === undefined ? undefined : Math.min(queue, queueAfter) > backlog;

const noRequest = ({ before }: Queue): string =>
  `${before === 1 ? '1 connection waits' : `${before} connections wait`} to be accepted, none with a request`;

const servedWords = ({ accepted, before, taken }: Queue): string => {
  if (accepted > 0) return `${accepted} of ${before} were accepted between the looks`;
  return taken > 0 ? `${taken} accepted at the second look came after the first` : '';
};

/** Several sockets on one address (SO_REUSEPORT): which of their queues a connection left is not to be seen. */
const sharesAddress = (table: ListenerTable, { net, address, port }: Listener): boolean =>
  table.listeners.filter((one) => one.net === net && one.address === address && one.port === port).length > 1;
