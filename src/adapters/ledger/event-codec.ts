import { z } from 'zod';
import { foldRun, openRun, type Run, type RunEvent } from '../../core/run.js';

const envelope = z.looseObject({
  kind: z.enum([
    'opened',
    'started',
    'observed',
    'planned',
    'decided',
    'applied',
    'taking-back',
    'reverted',
    'halted',
    'cancelled',
    'ended',
  ]),
  at: z.number(),
});

const event = z.custom<RunEvent>((value) => envelope.safeParse(value).success, 'not an event of a run');

/**
 * An event as it was stored. Only the envelope (kind and time) is checked: the rest was written by this ledger from a
 * typed event, nobody else may write to its tables, and checking whole observations at each read costs more than reading
 * them. Throws when the envelope is not an event's.
 */
export const decodeEvent = (stored: unknown): RunEvent => event.parse(stored);

/** JSON that `jsonb` takes: it refuses NUL and halves of surrogate pairs, which become U+FFFD. */
export const encodeJson = (value: unknown): string => {
  const text = JSON.stringify(value);
  if (!/\\u(?:0000|d[89a-f])/i.test(text)) return text;
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'string' ? Buffer.from(item.replaceAll('\0', '\uFFFD')).toString() : item,
  );
};

/** Events exactly as a later reader will see them. */
export const asStored = (json: string): readonly RunEvent[] => z.array(event).parse(JSON.parse(json));

/** The run after further events; `undefined` starts a run with its `opened`. Throws when the first event is another. */
export const fold = (id: string, known: Run | undefined, events: readonly RunEvent[]): Run | undefined => {
  let run = known;
  for (const next of events) {
    if (run) run = foldRun(run, next);
    else if (next.kind === 'opened') run = openRun(id, next);
    else throw new Error(`The events of run ${id} do not begin with opened but with ${next.kind}.`);
  }
  return run;
};
