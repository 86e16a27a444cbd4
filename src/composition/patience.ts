import type { Fault, FaultCode, Result } from '../core/fault.js';
import type { Clock } from '../engine/ports.js';
import type { Environment } from './environment.js';
import type { ReadinessBoard } from './readiness.js';

/** Pauses between attempts to reach a server that is away, ms; the last one holds on. */
const PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 30_000] as const;

/** How a process that stays goes about a server that is away while it starts. */
export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly board: ReadinessBoard;
  /** Tells people what it waits for; once for each thing that it is. */
  readonly say: (fault: Fault) => void;
}

const PARTS: Partial<Record<FaultCode, string>> = {
  ledger_unreachable: 'ledger',
  queue_unreachable: 'queue',
  slack_unreachable: 'slack',
};

/** Whether this may mend itself: a server of its own is away. An embedded ledger that does not open stays as it is. */
export const mayPass = ({ code }: Fault, env: Pick<Environment, 'databaseUrl' | 'redisUrl'>): boolean => {
  if (code === 'slack_unreachable') return true;
  if (code === 'ledger_unreachable') return env.databaseUrl !== undefined;
  return code === 'queue_unreachable' && (env.databaseUrl !== undefined || env.redisUrl !== undefined);
};

/**
 * Attempts it until it works, or fails for what only a person can mend, or the signal ends; then the last fault is the
 * answer. A supervisor that starts a process anew each time that its database is away learns nothing and hammers it.
 */
export const untilReachable = async <T>(
  attempt: () => Promise<Result<T>>,
  env: Pick<Environment, 'databaseUrl' | 'redisUrl'>,
  { clock, signal, board, say }: Patience,
): Promise<Result<T>> => {
  let said = '';
  for (let n = 0; ; n += 1) {
    const result = await attempt();
    if (result.ok || signal.aborted || !mayPass(result.fault, env)) return result;
    const { code, message, next } = result.fault;
    board.waitFor(PARTS[code] ?? code, `${message} ${next}`);
    if (message !== said) say(result.fault);
    said = message;
    await clock.sleep(PAUSES_MS[Math.min(n, PAUSES_MS.length - 1)] ?? 30_000, signal).catch(() => undefined);
    if (signal.aborted) return result;
  }
};
