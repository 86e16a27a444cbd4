import type { TransportName } from '../core/target.js';
import type { Transport } from '../engine/ports.js';

/** One transport that hands each target to the one it names; nothing is sent to one that its inventory knows to be shut. */
export const transports = (by: Readonly<Record<TransportName, Transport>>): Transport => ({
  execute: async (target, script, signal) =>
    target.unreachable
      ? { kind: 'unreachable', fault: target.unreachable }
      : by[target.transport].execute(target, script, signal),
  close: async () => {
    await Promise.allSettled(Object.values(by).map((transport) => transport.close()));
  },
});
