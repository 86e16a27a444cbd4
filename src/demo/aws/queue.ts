import type { Clock } from '../../engine/ports.js';
import type { LocalHost } from './hosts.js';

/** `CommandWorkersLimit` of amazon-ssm-agent (appconfig/constants.go). */
const WORKERS = 5;
/** How often a host that cannot be reached is looked at again, ms. */
const AGAIN_MS = 50;

/**
 * Waits until a host's agent takes a command: it is connected, its host runs, and one of its five workers is free.
 * Resolves with what frees the worker; rejects when `signal` fires first.
 */
export const workersOf = (clock: Clock, hosts: () => readonly LocalHost[]) => {
  const busy = new Map<string, number>();
  return async (host: LocalHost, signal: AbortSignal, onDelay: () => void): Promise<() => void> => {
    const reachable = (): boolean => {
      const now = hosts().find((h) => h.instance === host.instance);
      return now?.state === 'running' && (now.ping ?? 'Online') === 'Online';
    };
    const count = (): number => busy.get(host.instance) ?? 0;
    while (!reachable() || count() >= WORKERS) {
      if (!reachable()) onDelay();
      await clock.sleep(AGAIN_MS, signal);
    }
    busy.set(host.instance, count() + 1);
    return () => busy.set(host.instance, count() - 1);
  };
};
