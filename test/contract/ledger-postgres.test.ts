import { afterAll, beforeAll } from 'vitest';
import { noPostgres, type RealPostgres, startPostgres } from '../rig/servers/index.js';
import { ledgerContract } from './ledger-contract.js';
import { outboxContract } from './ledger-outbox.js';
import { postgresPlace } from './ledger-places.js';

let server: RealPostgres;
beforeAll(async () => {
  if (noPostgres === undefined) server = await startPostgres();
});
afterAll(async () => {
  if (noPostgres === undefined) await server.stop();
});

ledgerContract(
  'PostgreSQL',
  noPostgres,
  postgresPlace(() => server),
);
outboxContract(
  'PostgreSQL',
  noPostgres,
  postgresPlace(() => server),
);
