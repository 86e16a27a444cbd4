import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lintRunbookFile } from '../../../src/composition/lint-runbook.js';
import { SHIPPED_RUNBOOKS } from '../../../src/composition/runbook-files.js';

it('the runbooks that ship say consequence, cure and stopgap with every finding, and have nothing to warn of', async () => {
  for (const name of await readdir(SHIPPED_RUNBOOKS)) {
    const linted = await lintRunbookFile(join(SHIPPED_RUNBOOKS, name), new Map());
    expect(linted, name).toEqual({ mistakes: [], warnings: [] });
  }
});
