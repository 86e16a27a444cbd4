import { z } from 'zod';

/** Names that mean something to the shell, the loader, or Runbolt. */
const TAKEN = /^(?:PATH|IFS|ENV|BASH_ENV|SHELLOPTS|BASHOPTS|PS4|CDPATH|HOME|LC_.*|LD_.*|BACKUP|RUNBOLT_.*)$/;

/** Data for a script of the team's own, by environment variable; never spliced into its text. */
export const scriptEnv = z.record(
  z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,59}$/, 'must be capital letters, digits and _')
    .refine((name) => !TAKEN.test(name), 'means something to the shell or to Runbolt; choose another name'),
  z.union([z.string().max(4_000), z.int(), z.boolean()]).transform(String),
);
