import { canBe } from './condition.js';
import type { Value } from './condition-piece.js';
import type { Runbook, RunbookChange, RunbookCheck, RunbookFact } from './runbook.js';

/** A change that does not mend what its checks find; `sure` where that is so on every host. */
export interface Futile {
  readonly sure: boolean;
  readonly message: string;
}

/** The sysctl or file that a fact reads or a change writes; undefined where that is another thing or a param's. */
const targetOf = ({ type, args }: RunbookFact | RunbookChange): string | undefined => {
  const key = type === 'sysctl' ? 'key' : type === 'file' ? 'path' : undefined;
  const named = typeof args === 'object' && args !== null ? new Map<string, unknown>(Object.entries(args)) : undefined;
  const target = key === undefined ? undefined : typeof args === 'string' ? args : named?.get(key);
  return typeof target === 'string' && !target.includes('{') ? target : undefined;
};

/** Whether what a change of a sysctl or a file writes is what its checks read, and what they expect. */
export const futile = (change: RunbookChange, runbook: Runbook): Futile | undefined => {
  const target = targetOf(change);
  if (target === undefined) return undefined;
  const driving = runbook.checks.filter(({ name }) => change.when.mentions.has(`checks.${name}`));
  const read = driving.flatMap((check) => factsOf(check, runbook));
  const same = read.filter((fact) => fact.type === change.type && targetOf(fact) === target);
  const others = read.map((fact) => (fact.type === change.type ? targetOf(fact) : undefined));
  if (same.length === 0 && others.length > 0 && !others.includes(undefined)) {
    const message = `This changes ${target}, and what drives it reads ${[...new Set(others)].join(', ')}`;
    return { sure: false, message };
  }
  for (const check of driving) {
    for (const fact of same) {
      const values = valuesLeft(fact.name, change);
      if (check.each || canBe(check.expect.text, true, { params: runbook.params, values })) continue;
      const left = [...values].map(([subject, value]) => `\`${subject}\` is ${JSON.stringify(value)}`)[0];
      return { sure: true, message: `After this ${left}, and the check \`${check.name}\` still fails` };
    }
  }
  return undefined;
};

const factsOf = ({ expect }: RunbookCheck, { facts }: Runbook): readonly RunbookFact[] =>
  facts.filter(({ name }) => expect.mentions.has(name));

/** What the fields of a fact are once the change is in force, as far as it says so itself. */
const valuesLeft = (fact: string, { type, args }: RunbookChange): ReadonlyMap<string, Value> => {
  const said = new Map<string, unknown>(typeof args === 'object' && args !== null ? Object.entries(args) : []);
  const value = said.get('value');
  const left: (readonly [string, unknown])[] =
    type === 'sysctl'
      ? [
          [`${fact}.running`, value],
          [`int(${fact}.running)`, typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined],
        ]
      : ['mode', 'owner', 'group'].map((field) => [`${fact}.${field}`, said.get(field)] as const);
  return new Map(
    left.flatMap(([subject, given]): [string, Value][] =>
      typeof given === 'number' || (typeof given === 'string' && !given.includes('{')) ? [[subject, given]] : [],
    ),
  );
};
