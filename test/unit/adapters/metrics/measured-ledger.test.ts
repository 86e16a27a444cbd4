import { expect, it } from 'vitest';
import { prometheus } from '../../../../src/adapters/metrics/index.js';
import { measuredLedger } from '../../../../src/adapters/metrics/measured-ledger.js';
import { openRun } from '../../../../src/core/run.js';
import { NO_LEDGER } from '../../../rig/no-ledger.js';
import { opened } from '../../../rig/sample-run.js';

it('times what is written to the ledger, and not a decision that changes nothing or a request that was there', async () => {
  const metrics = prometheus();
  const run = openRun('r1', opened(1));
  const ledger = measuredLedger(
    {
      ...NO_LEDGER,
      open: async (key) => ({ runId: 'r1', fresh: key === 'new' }),
      transact: async (_, decide) => ({ ok: true, result: decide(run).result, run }),
    },
    metrics,
  );
  await ledger.open('new', opened(1));
  await ledger.open('again', opened(1));
  await ledger.transact('r1', () => ({ events: [], result: undefined }));
  await ledger.transact('r1', () => ({ events: [{ kind: 'halted', at: 1, reason: 'x' }], result: undefined }));
  expect((await metrics.read()).text).toContain('runbolt_ledger_write_seconds_count 2\n');
});
