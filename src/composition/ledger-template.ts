import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { makeLedgerTemplate, templateIn } from '../adapters/ledger-template.js';
import { systemClock, systemRandom } from './system.js';

/** Beside the build, which a clone makes for itself; a published package has none. */
const DIRECTORY = fileURLToPath(new URL('../../dist/ledger-template', import.meta.url));

/** The template that new embedded ledgers begin as, where this user may read one. */
export const ledgerTemplate = (): { readonly template?: string } => {
  const template = templateIn(DIRECTORY);
  try {
    accessSync(template, constants.R_OK | constants.X_OK);
    return { template };
  } catch {
    return {};
  }
};

/** Makes the template anew. Throws when it cannot be made. */
export const renewLedgerTemplate = async (): Promise<void> => {
  const made = await makeLedgerTemplate(DIRECTORY, {
    clock: systemClock,
    random: systemRandom,
    logger: pino({ level: 'silent' }),
  });
  if (!made.ok) throw new Error(made.fault.message);
};
