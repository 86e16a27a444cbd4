import { describe, expect, it } from 'vitest';
import { outcomeOf, overdue } from '../../../../src/adapters/ssm/outcome.js';
import { isOver, stageOf } from '../../../../src/adapters/ssm/status.js';
import type { Target } from '../../../../src/core/target.js';

const target: Target = {
  ...{ name: 'web-1', transport: 'ssm', host: 'web-1', port: 22, user: 'ops', become: 'none', labels: {} },
  aws: { instance: 'i-00000000000000001', region: 'eu-west-1' },
};
const script = { text: 'true', limitMs: 1_000, maxBytes: 100, become: 'none' } as const;
const at = { target, script, durationMs: 5 };
const silent = (details: string, code = -1) =>
  outcomeOf(undefined, { stage: stageOf(details), details, code, text: '' }, at);
const output = { stdout: Buffer.from('o'), stderr: Buffer.from('e') };

describe('StatusDetails', () => {
  it.each([
    ['Pending', 'waiting'],
    ['Delayed', 'waiting'],
    ['In Progress', 'running'],
    ['InProgress', 'running'],
    ['Cancelling', 'running'],
    ['Success', 'ended'],
    ['Failed', 'ended'],
    ['Cancelled', 'cancelled'],
    ['Execution Timed Out', 'timed-out'],
    ['ExecutionTimedOut', 'timed-out'],
    ['TimedOut', 'timed-out'],
    ['Delivery Timed Out', 'not-delivered'],
    ['DeliveryTimedOut', 'not-delivered'],
    ['Undeliverable', 'undeliverable'],
    ['Terminated', 'terminated'],
    ['Invalid Platform', 'platform'],
    ['Access Denied', 'denied'],
  ])('%s is %s', (details, stage) => expect(stageOf(details)).toBe(stage));

  it('that nobody knows yet is work in progress, so that the limit decides and not a guess', () => {
    expect(isOver(stageOf('SomethingNew'))).toBe(false);
    expect(isOver(stageOf(undefined))).toBe(false);
  });
});

describe('the outcome without a word of the launcher', () => {
  it.each([
    ['Delivery Timed Out', 'instance_offline'],
    ['Undeliverable', 'instance_offline'],
    ['Terminated', 'aws_refused'],
    ['InvalidPlatform', 'aws_refused'],
    ['AccessDenied', 'aws_denied'],
  ])('%s: surely nothing ran', (details, code) => {
    expect(silent(details)).toMatchObject({
      kind: 'unreachable',
      fault: {
        code,
        message: expect.stringContaining('web-1 (i-00000000000000001, eu-west-1)'),
        next: expect.stringMatching(/\.$/),
      },
    });
  });

  it.each(['Cancelled', 'Failed', 'Success', 'Incomplete'])('%s: whether and how it ran is not known', (details) => {
    expect(silent(details)).toMatchObject({ kind: 'lost', fault: { code: 'output_unreadable' } });
    expect(silent(details, 0)).toMatchObject({ kind: 'lost' });
    expect(silent(details, 137)).toMatchObject({ kind: 'lost' });
  });

  it('ExecutionTimedOut: it was sent, and its time passed', () => {
    expect(silent('Execution Timed Out', 137)).toMatchObject({ kind: 'timed-out', limitMs: 1_000 });
  });
});

describe('the outcome by the launcher’s word', () => {
  const told = (
    end: Parameters<typeof outcomeOf>[0] extends infer F | undefined ? (F extends { end: infer E } ? E : never) : never,
    whole = true,
  ) => outcomeOf({ end, ...output, cut: false, whole }, { stage: 'ended', details: 'Success', code: 0, text: '' }, at);

  it('is the script’s exit code, 194 too', () => {
    expect(told({ kind: 'exit', value: 194 })).toMatchObject({ kind: 'exited', code: 194, output: { cut: false } });
  });
  it('is the signal by its name', () => {
    expect(told({ kind: 'signal', value: 9 })).toMatchObject({ kind: 'signalled', signal: 'SIGKILL' });
  });
  it('is the limit, with what was said until then', () => {
    expect(told({ kind: 'limit' })).toMatchObject({ kind: 'timed-out', output: { stdout: Buffer.from('o') } });
  });
  it('is cut output when its end is missing', () => {
    expect(told({ kind: 'exit', value: 0 }, false)).toMatchObject({ kind: 'exited', output: { cut: true } });
  });
  it('is not known when another delivery began it', () => {
    expect(told({ kind: 'running' })).toMatchObject({ kind: 'lost' });
  });
  it('is that nothing ran when it refused', () => {
    expect(told({ kind: 'refused', reason: 'it has no gzip' })).toMatchObject({
      kind: 'unreachable',
      fault: { message: expect.stringContaining('it has no gzip') },
    });
  });
});

it('past the limit a command that no agent was seen to take up says so', () => {
  expect(overdue(target, script, false)).toMatchObject({ kind: 'timed-out', fault: { code: 'host_timeout' } });
  expect(overdue(target, script, true)).not.toHaveProperty('fault');
});

it('past the limit, with an AWS that does not answer either, nothing is claimed of the agent', () => {
  expect(overdue(target, script, false, false)).toMatchObject({
    kind: 'timed-out',
    fault: { message: expect.stringMatching(/so it may still run\.$/) },
  });
});
