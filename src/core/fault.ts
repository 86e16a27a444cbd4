/**
 * The one table of everything that can be wrong, in the user's words. A fault is a value: it carries a code from this
 * table, a sentence that says what is wrong, and the next step. Stack traces go to the log, never to a person.
 */

/** Exit codes of the CLI. 0 all that was asked holds, 1 findings or a failed change, 2 wrong request, 3 not determined. */
export type ExitCode = 0 | 1 | 2 | 3;

const FAULTS = {
  command_unknown: 2,
  verb_unknown: 2,
  selector_missing: 2,
  selector_invalid: 2,
  selector_empty: 2,
  param_unknown: 2,
  param_invalid: 2,
  argument_unexpected: 2,
  run_unknown: 2,
  run_ended: 2,
  runbook_invalid: 2,
  config_invalid: 2,
  config_missing: 2,
  inventory_invalid: 2,
  inventory_conflict: 2,
  inventory_unread: 3,
  not_allowed: 2,
  not_approver: 2,
  approval_digest: 2,
  approval_expired: 2,
  approval_decided: 2,
  approval_needs_slack: 2,
  targets_busy: 2,
  slack_token: 2,
  slack_channel: 2,
  slack_unreachable: 3,
  slack_refused: 3,
  port_used: 2,
  health_unknown: 3,
  ledger_busy: 3,
  ledger_unreachable: 3,
  ledger_refused: 2,
  queue_unreachable: 3,
  queue_refused: 2,
  queue_unfit: 2,
  ledger_newer: 2,
  ledger_not_empty: 2,
  backup_invalid: 2,
  backup_unwritten: 3,
  demo_unavailable: 2,
  demo_unsettled: 3,
  worker_alone: 2,
  zone_unworked: 3,
  host_unresolved: 3,
  host_refused: 3,
  host_unmanaged: 3,
  host_timeout: 3,
  host_key_unknown: 3,
  host_key_changed: 3,
  known_hosts_closed: 3,
  identity_missing: 3,
  identity_refused: 3,
  sudo_password: 3,
  sudo_missing: 3,
  shell_unusable: 3,
  connection_lost: 3,
  aws_credentials: 3,
  aws_denied: 3,
  aws_unreachable: 3,
  aws_refused: 3,
  instance_unmanaged: 3,
  instance_offline: 3,
  script_too_long: 3,
  output_cut: 3,
  output_unreadable: 3,
  internal: 3,
} as const satisfies Record<string, ExitCode>;

export type FaultCode = keyof typeof FAULTS;

export const isFaultCode = (text: string): text is FaultCode => Object.hasOwn(FAULTS, text);

/** What went wrong and what to do about it. `message` and `next` are one plain sentence each. */
export interface Fault {
  readonly code: FaultCode;
  readonly message: string;
  readonly next: string;
}

/** Success or fault, for everything that can be wrong because of a person, a file, a host or a network. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const fault = (code: FaultCode, message: string, next: string): Fault => ({ code, message, next });

export const failure = (code: FaultCode, message: string, next: string): { ok: false; fault: Fault } => ({
  ok: false,
  fault: fault(code, message, next),
});

/** The exit code that the CLI ends with when this fault is the answer. */
export const exitCodeOf = (f: Fault): ExitCode => FAULTS[f.code];

/** The fault that an error carries, itself or as a cause: libraries wrap what they are thrown. Undefined when none does. */
export const faultIn = (error: unknown, depth = 0): Fault | undefined => {
  if (error instanceof FaultError) return error.fault;
  return error instanceof Error && depth < 5 ? faultIn(error.cause, depth + 1) : undefined;
};

/** What the deed came to, a fault that it throws included. Any other error is thrown on. */
export const resultOf = async <T>(deed: () => Promise<Result<T>>): Promise<Result<T>> => {
  try {
    return await deed();
  } catch (error) {
    const known = faultIn(error);
    if (!known) throw error;
    return { ok: false, fault: known };
  }
};

/** Carries a fault through code that can only throw (libraries' callbacks, constructors). Caught at the nearest edge. */
export class FaultError extends Error {
  constructor(readonly fault: Fault) {
    super(`${fault.message} ${fault.next}`);
    this.name = 'FaultError';
  }
}
