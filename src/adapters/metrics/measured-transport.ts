import type { Clock, Transport } from '../../engine/ports.js';
import type { Metrics } from './metrics.js';

/** The transport, with what becomes of scripts counted and timed. */
export const measuredTransport = (transport: Transport, metrics: Metrics, clock: Clock): Transport => ({
  execute: async (target, script, signal) => {
    const from = clock.now();
    const execution = await transport.execute(target, script, signal);
    const took = Math.max(0, clock.now() - from) / 1000;
    metrics.executions.observe({ transport: target.transport, result: execution.kind }, took);
    return execution;
  },
  close: () => transport.close(),
});
