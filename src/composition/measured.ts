import type { Metrics } from '../adapters/metrics/index.js';
import { measuredLedger } from '../adapters/metrics/measured-ledger.js';
import { measuredTransport } from '../adapters/metrics/measured-transport.js';
import type { Ledger, Queue, Transport } from '../engine/ports.js';
import { systemClock } from './system.js';

interface Ports {
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly transport: Transport;
}

/** The ports, with what goes through them counted where metrics are served. */
export const measured = ({ ledger, queue, transport }: Ports, metrics: Metrics | undefined): Ports => {
  if (!metrics) return { ledger, queue, transport };
  metrics.watchQueue(queue, systemClock.now);
  return {
    ledger: measuredLedger(ledger, metrics),
    queue,
    transport: measuredTransport(transport, metrics, systemClock),
  };
};
