import { ledgerContract } from './ledger-contract.js';
import { outboxContract } from './ledger-outbox.js';
import { pglitePlace } from './ledger-places.js';

ledgerContract('PGlite', undefined, pglitePlace);
outboxContract('PGlite', undefined, pglitePlace);
