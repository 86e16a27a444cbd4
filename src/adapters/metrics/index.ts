export { measuredLedger } from './measured-ledger.js';
export { measuredTransport } from './measured-transport.js';
export { type Metrics, prometheus } from './metrics.js';
