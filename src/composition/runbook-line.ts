import type { Config } from '../core/config.js';
import { failure, ok } from '../core/fault.js';
import { parseRequest, type Runbooks } from '../core/request.js';
import type { Line } from '../doors/cli/line.js';
import { listOf } from '../engine/answers.js';
import { diagnosisLines } from '../engine/diagnosis.js';
import type { Inventory } from '../engine/ports.js';

interface RunbooksAndHosts {
  readonly runbooks: Runbooks;
  readonly inventory: Inventory;
  readonly config: Pick<Config, 'groups'>;
}

/** A line that answers from the runbooks, and from the hosts where there are any: `list` and `diagnose`. It has no ledger. */
export const runbookLine = (known: RunbooksAndHosts): Line => ({
  request: async (text) => {
    const parsed = parseRequest(text, known.runbooks);
    if (!parsed.ok) return parsed;
    switch (parsed.value.kind) {
      case 'list':
        return ok({ kind: 'text', lines: listOf(known.runbooks) });
      case 'diagnose':
        return ok({ kind: 'text', lines: await diagnosisLines(known, parsed.value, 'cli') });
      default:
        return withoutLedger;
    }
  },
  press: async () => withoutLedger,
  next: async () => undefined,
  document: async () => undefined,
  report: async () => undefined,
});

const withoutLedger = failure('internal', 'The runbooks alone do not answer that.', 'See the log.');
