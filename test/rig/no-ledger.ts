import type { Ledger } from '../../src/engine/ports.js';

export const unused = (): never => {
  throw new Error('not needed here');
};

/** A ledger for tests that must not ask it. */
export const NO_LEDGER: Ledger = {
  ...{ open: unused, opened: unused, newest: unused, transact: unused, run: unused, runs: unused, unfinished: unused },
  ...{ expire: unused },
  ...{ subscribe: unused, close: unused },
  workers: { alive: unused, silence: unused },
  outbox: {
    ...{ stale: unused, put: unused, due: unused, posting: unused, delivered: unused, failed: unused },
    ...{ lead: unused, nextDue: unused, abandon: unused, abandoned: unused, runsOfThread: unused, threadOf: unused },
  },
};
