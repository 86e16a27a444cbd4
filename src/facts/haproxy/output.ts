import type { Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { unframed } from '../framing.js';

/** Reading the records of HAProxy's probes: each kind is known, has its number of fields, and numbers are numbers. */

export type Records = readonly (readonly string[])[];

/** Thrown while records are read; its message is the reason why the reading is an error. */
export class Unreadable extends Error {}

/** What `read` makes of a probe's records; an error where the frame is not whole or a record is not as the probe writes it. */
export const readFrame = (name: string, output: string, read: (records: Records) => Reading): Reading => {
  const frame = unframed(name, output);
  if (!frame.ok) return { status: 'error', reason: frame.reason };
  try {
    return read(frame.records);
  } catch (error) {
    if (error instanceof Unreadable) return { status: 'error', reason: error.message };
    throw error;
  }
};

/** The records by kind. `shapes` gives the number of fields behind each kind; the last one may hold tabs. */
export const byKind = (
  records: Records,
  shapes: Readonly<Record<string, number>>,
): ((kind: string) => readonly (readonly string[])[]) => {
  const found = new Map<string, string[][]>();
  for (const [kind = '', ...fields] of records) {
    const wanted = Object.hasOwn(shapes, kind) ? shapes[kind] : undefined;
    if (wanted === undefined || fields.length < wanted)
      throw new Unreadable('The output has a line that is not the probe’s.');
    const kept = [...fields.slice(0, wanted - 1), fields.slice(wanted - 1).join('\t')];
    found.set(kind, [...(found.get(kind) ?? []), kept]);
  }
  return (kind) => found.get(kind) ?? [];
};

/** A whole number of at most 15 digits. */
export const whole = (text: string | undefined): number => {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new Unreadable('The output has a number that is none.');
  return Number(text);
};

/** The one record of a kind. */
export const only = (records: Records): readonly string[] => {
  const [first, ...more] = records;
  if (!first || more.length > 0) throw new Unreadable('The output lacks a line, or has it twice.');
  return first;
};

/** The reason of a reading where only processes of users that HAProxy does not run as bear its name. */
export const othersOnly = (ignored: Records): string =>
  `Only processes of other users (uid ${cleanLine(ignored[0]?.[0] ?? '', 80)}) are named haproxy here: they are not read.`;

/** The reason of a reading that would run a program as root that others than root could have put there. */
export const notRun = (untrusted: Records): string =>
  `Its program is not run: ${cleanLine(untrusted[0]?.[0] ?? '', 300)}.`;
