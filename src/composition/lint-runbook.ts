import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Runbook, RunbookCheck } from '../core/runbook.js';
import { inspectRunbook } from '../core/runbook-loader.js';
import { type Path, readYaml } from '../core/yaml-file.js';
import { shown } from './config-file.js';
import { builtIn } from './registry.js';
import { SHIPPED_RUNBOOKS } from './runbook-files.js';

/** What is wrong with one runbook's file, and what is likely not meant, each a line `file:line:column words`. */
export interface Linted {
  readonly mistakes: readonly string[];
  readonly warnings: readonly string[];
}

/** `taken` are the commands of the runbooks read before, each with its file; this one's command is added. */
export const lintRunbookFile = async (path: string, taken: Map<string, string>): Promise<Linted> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== 'string') {
    return { mistakes: [`${shown(path)} cannot be read (${text.code ?? text.message}).`], warnings: [] };
  }
  const name = shown(path);
  const { runbook, mistakes, warnings } = inspectRunbook(name, text, builtIn);
  if (!runbook) return { mistakes, warnings };
  const file = readYaml(text);
  const at = (where: Path, message: string, lines = 0) => {
    const { line, column } = file.place(where);
    return lines === 0 ? `${name}:${line}:${column} ${message}` : `${name}:${line + lines}:1 ${message}`;
  };
  const other = taken.get(runbook.command);
  // Of one that cannot be loaded nobody else is in the way.
  const sound = mistakes.length === 0;
  if (sound) taken.set(runbook.command, path);
  const twice =
    sound && other !== undefined && resolve(other) !== resolve(path)
      ? [at(['command'], `\`${runbook.command}\` is the command of ${shown(other)} already; choose another.`)]
      : [];
  const syntax = scriptsOf(runbook).flatMap(({ where, script }) => {
    const wrong = syntaxMistake(script);
    return wrong ? [at(where, `The shell cannot read this: ${wrong.message}.`, wrong.line)] : [];
  });
  const shipped = dirname(resolve(path)) === resolve(SHIPPED_RUNBOOKS);
  const advice = shipped ? runbook.checks.flatMap((check) => unsaid(check, at)) : [];
  return { mistakes: [...mistakes, ...twice, ...syntax, ...advice], warnings };
};

/** What a check of a runbook that ships must say to whoever reads its finding. `stopgap: none` says that there is none. */
const unsaid = ({ name, advice }: RunbookCheck, at: (where: Path, message: string) => string): readonly string[] =>
  (['consequence', 'cure', 'stopgap'] as const)
    .filter((kind) => !advice[kind])
    .map((kind) => at(['checks', name], `\`${name}\` says no ${kind}: every finding that ships has one.`));

const PROGRAMS = ['run', 'guard', 'apply', 'verify', 'revert'] as const;

const scriptsOf = ({ facts, changes }: Runbook): readonly { readonly where: Path; readonly script: string }[] => [
  ...facts.flatMap((f) => programsOf(['facts', f.name, 'script'], f.type, f.args)),
  ...changes.flatMap((c) => programsOf(['changes', c.name, 'script'], c.type, c.args)),
];

const programsOf = (path: Path, type: string, args: unknown) => {
  if (type !== 'script' || typeof args !== 'object' || args === null) return [];
  const programs = Object.entries(args);
  return PROGRAMS.flatMap((name) =>
    programs.flatMap(([key, script]) =>
      key === name && typeof script === 'string' ? [{ where: [...path, name], script }] : [],
    ),
  );
};

/** What `sh -n` says of a script, with the line in it; undefined where it says nothing, or there is no sh here. */
const syntaxMistake = (script: string): { readonly line: number; readonly message: string } | undefined => {
  const read = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8', timeout: 5_000 });
  if (read.error || read.status === 0) return undefined;
  const first = read.stderr.split('\n')[0] ?? '';
  const line = Number(/(?:line )?(\d+):/.exec(first)?.[1] ?? 0);
  const message = first.replace(/^.*?\d+: */, '').replace(/^[Ss]yntax error: */, '') || 'a syntax error';
  return { line: script.includes('\n') ? line : 0, message };
};
