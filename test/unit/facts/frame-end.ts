import { endOf } from '../../../src/facts/framing.js';

/** A frame as if the host had printed these records: its end line fits them. */
export const ended = (output: string): string => {
  const [head = '', ...lines] = output.trimEnd().split('\n');
  const records = lines.filter((line) => !line.startsWith('end\t'));
  return [head, ...records, `end${endOf(records.map((record) => record.split('\t')))}`, ''].join('\n');
};
