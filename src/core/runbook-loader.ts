import type { z } from 'zod';
import { failure, ok, type Result } from './fault.js';
import type { Registry } from './registry.js';
import type { Runbook } from './runbook.js';
import { type RunbookFile, runbookFile } from './runbook-file.js';
import { lintRunbook } from './runbook-lint.js';
import { RunbookReader } from './runbook-reader.js';
import { lintScripts } from './runbook-scripts.js';
import { type Mistake, type Path, readYaml, showMistakes, zodMistakes } from './yaml-file.js';

/**
 * Reads a runbook's YAML. Everything that can be wrong is found here, before it runs: shape, types of facts and changes
 * and their arguments, every expression's type, and what can never work as meant. The fault's `next` lists all mistakes
 * as file:line:column.
 */
export const loadRunbook = (name: string, text: string, registry: Registry): Result<Runbook> => {
  const { runbook, mistakes } = inspectRunbook(name, text, registry);
  if (runbook && mistakes.length === 0) return ok(runbook);
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  return failure('runbook_invalid', `The runbook ${name} has ${count}.`, mistakes.join('\n'));
};

/** All that can be known of a runbook at once; its lines are file:line:column. */
interface Inspected {
  /** As far as it could be read, where there are mistakes. */
  readonly runbook?: Runbook;
  readonly mistakes: readonly string[];
  /** What is likely not meant. */
  readonly warnings: readonly string[];
}

/** Reads a runbook on after a mistake, as far as what follows from it can be told from what is another one. */
export const inspectRunbook = (name: string, text: string, registry: Registry): Inspected => {
  const { runbook, mistakes, warnings } = read(text, registry);
  return {
    ...(runbook && { runbook }),
    mistakes: showMistakes(name, mistakes),
    warnings: mistakes.length > 0 ? [] : showMistakes(name, warnings),
  };
};

interface Read {
  readonly runbook?: Runbook;
  readonly mistakes: readonly Mistake[];
  readonly warnings: readonly Mistake[];
}

const read = (text: string, registry: Registry): Read => {
  const file = readYaml(text);
  if (file.mistakes.length > 0) return { mistakes: file.mistakes, warnings: [] };
  const shape = runbookFile.safeParse(file.data, { reportInput: true });
  const misshapen = shape.success ? [] : zodMistakes(file, shape.error, knownKeys);
  const data = shape.success ? shape.data : completed(file.data, shape.error);
  if (!data) return { mistakes: misshapen, warnings: [] };
  const reader = new RunbookReader(file, registry);
  const runbook = reader.runbook(data);
  const found = reader.mistakes.length > 0 ? lintScripts(runbook) : lintRunbook(runbook);
  const findings = found.map((f) => ({ ...f, ...file.place(f.path, f.part, f.offset) }));
  return {
    runbook,
    mistakes: [...misshapen, ...reader.mistakes, ...findings.filter((f) => f.level === 'mistake')],
    warnings: findings.filter((f) => f.level === 'warning'),
  };
};

/** Texts that nothing else in a runbook depends on. */
const TEXTS: ReadonlySet<PropertyKey | undefined> = new Set(['title', 'otherwise', 'rule', 'knowledge']);

/** The file where nothing is amiss but that such texts are missing; undefined for any other. */
const completed = (written: unknown, { issues }: z.ZodError): RunbookFile | undefined => {
  const data = structuredClone(written);
  for (const { path, code, input } of issues) {
    const parent = path.slice(0, -1).reduce(inside, data);
    const key = path.at(-1);
    if (code !== 'invalid_type' || input !== undefined || !TEXTS.has(key) || !isMapping(parent)) return undefined;
    parent[String(key)] = '-';
  }
  return runbookFile.safeParse(data).data;
};

const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const inside = (value: unknown, key: PropertyKey): unknown => (isMapping(value) ? value[String(key)] : undefined);

const CHECK_KEYS = [
  ...['severity', 'each', 'when', 'expect', 'otherwise', 'consequence', 'cure', 'stopgap', 'rule', 'absent'],
  ...['kernel', 'outside'],
];

const knownKeys = (path: Path): readonly string[] => {
  if (path.length === 0) return Object.keys(runbookFile.shape);
  if (path[0] === 'checks') return CHECK_KEYS;
  if (path[0] === 'params')
    return ['type', 'default', 'min', 'max', 'unit', 'help', 'values', 'max_length', 'label', 'consent'];
  if (path[0] === 'rollout') return ['canary', 'batch', 'stop_after_failures'];
  if (path[0] === 'verbs') return ['read', 'write'];
  return [];
};
