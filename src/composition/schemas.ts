import { z } from 'zod';
import { configJsonSchema } from '../core/config.js';
import { runDocument } from '../engine/document.js';
import { builtIn } from './registry.js';
import { runbookSchema } from './runbook-schema.js';

/** The JSON Schemas that are published: of runbolt.yaml, of a runbook, and of what `--json` prints. */
export const schemaOf = (name: string): unknown => {
  switch (name) {
    case 'config':
      return configJsonSchema();
    case 'runbook':
      return runbookSchema(builtIn);
    case 'run':
      return z.toJSONSchema(runDocument);
    default:
      return undefined;
  }
};
