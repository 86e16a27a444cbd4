import { describe, expect, it } from 'vitest';
import { foldRun, openRun } from '../../../../src/core/run.js';
import { exitCodeOfRun } from '../../../../src/doors/cli/exit-code.js';
import { documentOf } from '../../../../src/engine/document.js';
import { opened } from '../../../rig/sample-run.js';

const request = { ...opened(2).request, mode: 'verify' as const };
const code = (second: 'ok' | 'failed' | 'unknown', unmatched: readonly string[] = []) => {
  const run = openRun('r1', opened(2, { request, unmatched }));
  const outcomes = { 'web-1': 'ok', 'web-2': second } as const;
  return exitCodeOfRun(documentOf(foldRun(run, { kind: 'ended', at: 2_000, outcomes }), undefined));
};

describe('the exit code of a run', () => {
  it('is 0 only when every host that was asked for is there and well', () => {
    expect(code('ok')).toBe(0);
    expect(code('unknown')).toBe(3);
    expect(code('ok', ['web-3'])).toBe(3);
  });

  it('is 1 with a finding, whatever is unknown beside it', () => {
    expect(code('failed', ['web-3'])).toBe(1);
  });
});
