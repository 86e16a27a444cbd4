import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const verdict = z.enum(['pass', 'fail', 'skip', 'error']);

const scenarioFile = z.strictObject({
  about: z.string(),
  runbook: z.string(),
  fault: z.boolean(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  labels: z.record(z.string(), z.string()).default({}),
  /** What the host lacks while it is read. */
  host: z
    .strictObject({
      user: z.literal('nobody').optional(),
      without: z.array(z.string()).default([]),
      busybox: z.boolean().default(false),
      ss: z.literal('old').optional(),
      shell: z.literal('noisy').optional(),
    })
    .prefault({}),
  fleet: z
    .array(z.strictObject({ name: z.string(), host: z.string(), labels: z.record(z.string(), z.string()).default({}) }))
    .default([]),
  verdicts: z.record(z.string(), verdict).default({}),
  says: z.record(z.string(), z.string()).default({}),
  /** What the consequence, cure and stopgap of a finding say together. */
  advises: z.record(z.string(), z.string()).optional(),
  plan: z.enum(['none', 'steps', 'refused']).optional(),
  refuses: z.string().optional(),
  fix: z.boolean().default(false),
  boots: z.record(z.string(), z.string()).default({}),
  /** Whether a revert brings the state back that `state.sh` looks at. */
  returns: z.boolean().default(true),
});

/** One folder of the bank: how the state is made, how it is seen by plain tools, and what the runbook must say of it. */
export interface Scenario extends z.output<typeof scenarioFile> {
  readonly name: string;
  readonly setup: string;
  readonly state: string;
  readonly after?: string;
  /** What is run on the host as it is right after a boot. */
  readonly boot?: string;
  /** A runbook of its own, where the folder has a `runbook.yaml`. */
  readonly own?: string;
}

/** All scenarios of a family, by `FAMILY/NAME`, its `family.sh` before each setup and boot. Throws on a folder that is not complete. */
export const scenariosIn = (directory: string, family: string): readonly Scenario[] => {
  const shared = join(directory, family, 'family.sh');
  const before = existsSync(shared) ? readFileSync(shared, 'utf8') : '';
  return readdirSync(join(directory, family), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => read(join(directory, family, name), `${family}/${name}`, before));
};

const read = (folder: string, name: string, before: string): Scenario => {
  const text = (file: string) => readFileSync(join(folder, file), 'utf8');
  const data = scenarioFile.safeParse(parse(text('scenario.yaml')));
  if (!data.success) throw new Error(`${name}: ${z.prettifyError(data.error)}`);
  const after = existsSync(join(folder, 'after.sh')) ? { after: text('after.sh') } : {};
  if (data.data.fix && !after.after) throw new Error(`${name}: a fix needs after.sh`);
  const boot = existsSync(join(folder, 'boot.sh')) ? { boot: before + text('boot.sh') } : {};
  if (data.data.fix && !boot.boot && Object.keys(data.data.boots).length === 0)
    throw new Error(`${name}: a fix needs boot.sh or boots, for what a boot leaves of it`);
  const own = existsSync(join(folder, 'runbook.yaml')) ? { own: text('runbook.yaml') } : {};
  return { ...data.data, name, setup: before + text('setup.sh'), state: text('state.sh'), ...after, ...boot, ...own };
};
