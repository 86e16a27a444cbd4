import type { Logger } from 'pino';
import type { Metrics } from '../adapters/metrics/index.js';
import type { Config } from '../core/config.js';
import { ok, type Result } from '../core/fault.js';
import type { Environment } from './environment.js';
import { type ReadinessBoard, readinessBoard } from './readiness.js';
import { systemClock } from './system.js';

/** What tells others how this process does. */
export interface Operations {
  readonly board: ReadinessBoard;
  /** Absent when nothing is served. */
  readonly metrics?: Metrics;
  close(): Promise<void>;
}

/**
 * Serves health and metrics from here on, before the engines are open, where `http` of the configuration or RUNBOLT_HTTP
 * says. Every process that stays calls it first. Fault `port_used`.
 */
export const openOperations = async (
  env: Pick<Environment, 'http'>,
  config: Pick<Config, 'http'>,
  logger: Logger,
): Promise<Result<Operations>> => {
  const board = readinessBoard(systemClock);
  const address = env.http ?? config.http;
  if (!address) return ok({ board, close: async () => undefined });
  const [{ serveHttp }, { prometheus }] = await Promise.all([
    import('./http.js'),
    import('../adapters/metrics/index.js'),
  ]);
  const metrics = prometheus();
  const server = await serveHttp({ address, logger, readiness: board.read, metrics: metrics.read });
  if (!server.ok) return server;
  return ok({ board, metrics, close: server.value.close });
};
