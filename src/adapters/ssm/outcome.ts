import { type Fault, fault } from '../../core/fault.js';
import type { Target } from '../../core/target.js';
import type { Execution, Output, Script } from '../../engine/ports.js';
import { place } from '../shell/refusal.js';
import type { Frame } from './frame.js';
import type { Seen } from './seen.js';
import { SIGNALS } from './signals.js';

export const NOTHING: Output = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), cut: false };

interface Ended {
  readonly target: Target;
  readonly script: Script;
  readonly durationMs: number;
}

/** The outcome of a command that is over, by what the launcher said; `seen` where it said nothing. */
export const outcomeOf = (frame: Frame | undefined, seen: Seen, { target, script, durationMs }: Ended): Execution => {
  if (!frame) return silent(seen, target, script);
  const output = { stdout: frame.stdout, stderr: frame.stderr, cut: frame.cut || !frame.whole };
  switch (frame.end.kind) {
    case 'exit':
      return { kind: 'exited', code: frame.end.value, output, durationMs };
    case 'signal':
      return { kind: 'signalled', signal: SIGNALS[frame.end.value] ?? `signal ${frame.end.value}`, output, durationMs };
    case 'limit':
      return { kind: 'timed-out', limitMs: script.limitMs, output };
    case 'running':
      return {
        kind: 'lost',
        fault: fault(
          'connection_lost',
          `${place(target)}: the script had begun before, and its end was not seen.`,
          'Look at the host, then run it again.',
        ),
        output: NOTHING,
      };
    case 'refused':
      return {
        kind: 'unreachable',
        fault: fault(
          'shell_unusable',
          `${place(target)} cannot run a script that comes through SSM: ${frame.end.reason}.`,
          'Put that right on the host, or reach it by ssh.',
        ),
      };
  }
};

/** Nothing of the launcher's came back. Only where SSM says that it was never delivered did surely nothing run. */
const silent = ({ stage, details, code }: Seen, target: Target, script: Script): Execution => {
  const where = place(target);
  const unreachable = (f: Fault): Execution => ({ kind: 'unreachable', fault: f });
  switch (stage) {
    case 'not-delivered':
    case 'undeliverable':
      return unreachable(offline(target, `SSM could not deliver the command (${details})`));
    case 'platform':
      return unreachable(fault('aws_refused', `${where} is no Linux host.`, 'Take it out of the targets.'));
    case 'denied':
      return unreachable(
        fault('aws_denied', `AWS does not allow the command on ${where}.`, 'Allow ssm:SendCommand on this instance.'),
      );
    case 'terminated':
      return unreachable(
        fault('aws_refused', `SSM did not send the command to ${where}: too many hosts had failed.`, 'Ask again.'),
      );
    case 'timed-out':
      return { kind: 'timed-out', limitMs: script.limitMs, output: NOTHING };
    case 'cancelled':
      return lost(
        `${where}: the command was cancelled in AWS, so its end is not known.`,
        'Ask who did, then run it again.',
      );
    default:
      return details.toLowerCase() === 'success'
        ? lost(
            `${where}: the command ended, but the script’s output is not in what SSM shows.`,
            'Check that `aws.document` runs `commands` by aws:runShellScript.',
          )
        : lost(
            `${where}: the command ended (${details}, ${code}) without a word of the script, so its end is not known.`,
            'Look at the command’s output in Systems Manager, then at the host.',
          );
  }
};

const lost = (message: string, next: string): Execution => ({
  kind: 'lost',
  fault: fault('output_unreadable', message, next),
  output: NOTHING,
});

export const offline = (target: Target, why: string): Fault =>
  fault(
    'instance_offline',
    `${place(target)} cannot be reached: ${why}.`,
    'Look at the instance and its amazon-ssm-agent (`systemctl status amazon-ssm-agent`), then ask again.',
  );

/** The limit passed. `begun`: whether the agent had been seen to run it. `ended`: AWS took the order to end it. */
export const overdue = (target: Target, script: Script, begun: boolean, ended = true): Execution => ({
  kind: 'timed-out',
  limitMs: script.limitMs,
  output: NOTHING,
  ...(!begun && {
    fault: fault(
      'host_timeout',
      ended
        ? `${place(target)}: the agent did not take up the command within ${script.limitMs / 1000} s; it was cancelled.`
        : `${place(target)}: within ${script.limitMs / 1000} s AWS told neither of its begin nor of its cancel, so it may still run.`,
      'Check that the agent is online (`aws ssm describe-instance-information`), or raise the limit in runbolt.yaml.',
    ),
  }),
});

export const lostAt = (target: Target, f: Fault): Execution => ({
  kind: 'lost',
  fault: { ...f, message: `${place(target)}: ${f.message}` },
  output: NOTHING,
});
