import { renewLedgerTemplate } from '../dist/composition/ledger-template.js';

await renewLedgerTemplate();
