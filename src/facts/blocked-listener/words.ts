/** The sentences of evidence. */

import type { Connection, Listener, Queue } from './sight.js';
import type { Stand } from './tasks.js';

/** `python3 pid 37`, with its thread where it is not the first. */
export const who = ({ name, task }: Stand): string =>
  `${name} pid ${task.pid}${task.tid === task.pid ? '' : ` thread ${task.tid}`}`;

/** What one task was in, and on what. */
export const taskLine = (one: Stand): string =>
  `${who(one)}: ${one.doing}${one.connection ? `, ESTAB, Recv-Q 0, ${receivedWords(one.connection)}` : ''}`;

const receivedWords = ({ received }: Connection): string => {
  if (received === undefined) return 'the task did not run between the looks';
  return received === 0 ? 'no bytes received since it began' : `${received} bytes received, none between the looks`;
};

/** The accept queue at both looks. */
export const queueWords = ({ queue, queueAfter, backlog }: Listener): string =>
  queue === 0
    ? 'empty'
    : `${queue}${queueAfter === undefined ? '' : `, then ${queueAfter}`}${backlog === undefined ? '' : ` (backlog ${backlog})`}`;

/** What waited in it, and what became of that. */
export const queueLine = (queue: Queue, waited: number | undefined): string =>
  [
    `not accepted (ino:0): ${queue.before}, ${queue.askedBefore} with an unread request`,
    ...(waited === undefined
      ? []
      : [
          `${waited.toFixed(1)} s later ${queue.now}, ${queue.askedNow} with an unread request, ${queue.still} of them the same, ${queue.accepted} accepted in between`,
        ]),
    ...(queue.example ? [`such as ${queue.example} with Recv-Q ${queue.exampleBytes}`] : []),
  ].join('; ');

/** Who gets no answer, as it stands in a finding. */
export const unservedWords = ({ queue, backlog }: Listener, waiting: number, full: boolean): string => {
  const asked = `${waiting} connected clients with a request were not accepted`;
  if (!full) return waiting > 0 ? asked : `${queue} connected clients without a request were not accepted`;
  const none = `its accept queue is full (${queue}, backlog ${backlog}), so that nobody else can connect`;
  return waiting > 0 ? `${asked} and ${none}` : none;
};
