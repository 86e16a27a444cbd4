export { type Metrics, prometheus } from './metrics.js';
