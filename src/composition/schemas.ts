import { z } from 'zod';
import { configJsonSchema } from '../core/config.js';
import { runbookFile } from '../core/runbook-file.js';
import { runDocument } from '../engine/document.js';

/** The JSON Schemas that are published: of runbolt.yaml, of a runbook, and of what `--json` prints. */
export const schemaOf = (name: string): unknown => {
  switch (name) {
    case 'config':
      return configJsonSchema();
    case 'runbook':
      return z.toJSONSchema(runbookFile, { io: 'input', unrepresentable: 'any' });
    case 'run':
      return z.toJSONSchema(runDocument);
    default:
      return undefined;
  }
};
