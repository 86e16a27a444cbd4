import type { FactSchema, Reading } from '../../../src/core/fact-type.js';
import { management } from '../../../src/facts/management.js';

interface Parser {
  readonly schema: FactSchema;
  readonly outputs: readonly string[];
  readonly parse: (text: string) => Reading;
}

const lines = (head: string, ...records: readonly string[]): string =>
  [`runbolt-${head}\t1`, ...records, `end\t${records.length}`].map((line) => `${line}\n`).join('');

/** What real hosts printed for the facts of own runbooks. */
export const generalParsers: Readonly<Record<string, Parser>> = {
  management: {
    schema: management.schema,
    outputs: [
      lines('management', 'uid\t0', 'found\tAnsible\t/etc/ansible', 'found\tPuppet\tprocess puppet'),
      lines('management', 'uid\t65534', 'unread\t/root'),
      lines('management', 'uid\t0'),
    ],
    parse: (text) => management.parse(text, {}),
  },
};
