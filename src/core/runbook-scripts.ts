import { envDoubts } from './env-lint.js';
import { type Finding, mistake, warning } from './finding.js';
import { bashism } from './posix-lint.js';
import type { Runbook, RunbookChange, RunbookFact } from './runbook.js';
import { neverFails } from './script-lint.js';

/** Programs of a change whose exit status is a verdict, and what it would say wrongly. */
const VERDICTS = {
  guard: 'no host would ever be refused',
  verify: 'a change that is not in force would pass',
  revert: 'what was not put back would be told as put back',
} as const;

/** What the shell would never tell of a runbook's own scripts, whatever else is wrong with it. */
export const lintScripts = ({ facts, changes }: Pick<Runbook, 'facts' | 'changes'>): readonly Finding[] => [
  ...facts.flatMap((fact) => shellOf('facts', fact)),
  ...changes.flatMap((change) => shellOf('changes', change)),
  ...changes.flatMap(ofScripts),
];

const PROGRAMS = ['run', 'guard', 'apply', 'verify', 'revert'] as const;

/** What only bash understands, in a script that another sh may run. */
const shellOf = (part: string, { name, type, args }: RunbookFact | RunbookChange): readonly Finding[] => {
  if (type !== 'script' || typeof args !== 'object' || args === null) return [];
  const programs = new Map<string, unknown>(Object.entries(args));
  return PROGRAMS.flatMap((program) => {
    const script = programs.get(program);
    const found = typeof script === 'string' ? bashism(script) : undefined;
    if (!found) return [];
    const message = `\`${found.text}\` is bash's, and sh is often another shell: write ${found.instead}.`;
    return [mistake([part, name, 'script', program], message, 'value', found.offset)];
  });
};

const ofScripts = ({ name, type, args }: RunbookChange): readonly Finding[] => {
  if (type !== 'script' || typeof args !== 'object' || args === null) return [];
  const programs = new Map<string, unknown>(Object.entries(args));
  return Object.entries(VERDICTS).flatMap(([program, wrongly]) => {
    const script = programs.get(program);
    const end = typeof script === 'string' ? neverFails(script) : undefined;
    if (!end) return [];
    const message = `This \`${program}\` can never fail, for it ends in \`${end.text}\`: ${wrongly}. Leave that out.`;
    return [mistake(['changes', name, 'script', program], message, 'value', end.offset)];
  });
};

/** Variables of a script that nobody gives, or asks for. */
const environment = (part: string, { name, type, args }: RunbookFact | RunbookChange): readonly Finding[] => {
  if (type !== 'script' || typeof args !== 'object' || args === null) return [];
  const said = new Map<string, unknown>(Object.entries(args));
  const programs = PROGRAMS.flatMap((key): [string, string][] => {
    const script = said.get(key);
    return typeof script === 'string' ? [[key, script]] : [];
  });
  const env = said.get('env');
  const given = typeof env === 'object' && env !== null ? Object.keys(env) : [];
  return envDoubts(new Map(programs), given).map(({ program, offset, message }) =>
    warning([part, name, 'script', ...(program === undefined ? ['env'] : [program])], message, 'value', offset),
  );
};

/** What is likely not meant of the variables that a runbook gives its scripts. */
export const doubtScripts = ({ facts, changes }: Pick<Runbook, 'facts' | 'changes'>): readonly Finding[] => [
  ...facts.flatMap((fact) => environment('facts', fact)),
  ...changes.flatMap((change) => environment('changes', change)),
];
