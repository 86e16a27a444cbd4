import { failure, ok, type Result } from './fault.js';
import type { Registry } from './registry.js';
import type { Runbook } from './runbook.js';
import { runbookFile } from './runbook-file.js';
import { lintRunbook } from './runbook-lint.js';
import { RunbookReader } from './runbook-reader.js';
import { type Mistake, type Path, readYaml, showMistakes, zodMistakes } from './yaml-file.js';

/**
 * Reads a runbook's YAML. Everything that can be wrong is found here, before it runs: shape, types of facts and changes
 * and their arguments, every expression's type, and what can never work as meant. The fault's `next` lists all mistakes
 * as file:line:column.
 */
export const loadRunbook = (name: string, text: string, registry: Registry): Result<Runbook> => {
  const { runbook, mistakes } = read(text, registry);
  if (runbook && mistakes.length === 0) return ok(runbook);
  const lines = showMistakes(name, mistakes);
  const count = lines.length === 1 ? '1 mistake' : `${lines.length} mistakes`;
  return failure('runbook_invalid', `The runbook ${name} has ${count}.`, lines.join('\n'));
};

/** What is likely not meant in a runbook that can be loaded, as file:line:column. */
export const runbookWarnings = (name: string, text: string, registry: Registry): readonly string[] =>
  showMistakes(name, read(text, registry).warnings);

interface Read {
  readonly runbook?: Runbook;
  readonly mistakes: readonly Mistake[];
  readonly warnings: readonly Mistake[];
}

const read = (text: string, registry: Registry): Read => {
  const file = readYaml(text);
  if (file.mistakes.length > 0) return { mistakes: file.mistakes, warnings: [] };
  const shape = runbookFile.safeParse(file.data, { reportInput: true });
  if (!shape.success) return { mistakes: zodMistakes(file, shape.error, knownKeys), warnings: [] };
  const reader = new RunbookReader(file, registry);
  const runbook = reader.runbook(shape.data);
  if (reader.mistakes.length > 0) return { mistakes: reader.mistakes, warnings: [] };
  const findings = lintRunbook(runbook).map((f) => ({ ...f, ...file.place(f.path, f.part, f.offset) }));
  return {
    runbook,
    mistakes: findings.filter((f) => f.level === 'mistake'),
    warnings: findings.filter((f) => f.level === 'warning'),
  };
};

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
