import type { TransportName } from '../core/target.js';
import type { Transport } from '../engine/ports.js';

/** One transport that hands each target to the one it names. */
export const transports = (by: Readonly<Record<TransportName, Transport>>): Transport => ({
  execute: (target, script, signal) => by[target.transport].execute(target, script, signal),
  close: async () => {
    await Promise.allSettled(Object.values(by).map((transport) => transport.close()));
  },
});
