import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lintRunbookFile } from '../../../src/composition/lint-runbook.js';
import { runbooksOf, SHIPPED_RUNBOOKS } from '../../../src/composition/runbook-files.js';

it('the runbooks that ship say consequence, cure and stopgap with every finding, and have nothing to warn of', async () => {
  for (const name of await readdir(SHIPPED_RUNBOOKS)) {
    const linted = await lintRunbookFile(join(SHIPPED_RUNBOOKS, name), new Map());
    expect(linted, name).toEqual({ mistakes: [], warnings: [] });
  }
});

it('every rule that cites a kernel says on which ones it is known, so that the verdict can on any other', async () => {
  const shipped = await runbooksOf(undefined);
  const checks = shipped.ok ? [...shipped.value.values()].flatMap((one) => one.checks) : [];
  expect(checks.length).toBeGreaterThan(50);
  const cites = checks.filter((check) => /\bLinux \d|\b6\.18\b/.test(check.rule));
  expect(cites.length).toBeGreaterThan(20);
  expect(cites.filter((check) => !check.kernel).map((check) => check.name)).toEqual([]);
});
