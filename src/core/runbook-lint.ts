import { placeholdersIn } from './args.js';
import { CHECK_STATES, type CheckState, canBe, type KnownCheck } from './condition.js';
import { futile } from './effect-lint.js';
import { hiddenErrors, openErrors, wholeTextPatterns } from './expression-lint.js';
import { type Finding, mistake, warning } from './finding.js';
import type { ParamSpecs } from './params.js';
import { QUERIES } from './request.js';
import type { Runbook, RunbookChange, RunbookCheck, Template } from './runbook.js';
import { doubtScripts, lintScripts } from './runbook-scripts.js';
import type { Path } from './yaml-file.js';

/** Everything that a runbook's types do not show. */
export const lintRunbook = (runbook: Runbook): readonly Finding[] => {
  const checks = runbook.checks.map((check) => ({ check, found: ofCheck(check, runbook) }));
  // Of a check that has a mistake nothing is known, or changes would be blamed for it.
  const sound = checks.filter(({ found }) => found.length === 0).map(({ check }) => check);
  return [
    ...words(runbook),
    ...expressions(runbook),
    ...checks.flatMap(({ found }) => found),
    ...duplicates(runbook.checks),
    ...runbook.changes.flatMap((change) => ofChange(change, runbook, sound)),
    ...runbook.changes.flatMap((change) => ofEffect(change, runbook)),
    ...lintScripts(runbook),
    ...wholeTexts(runbook),
    ...doubtScripts(runbook),
    ...unused(runbook),
  ];
};

/** Words that mean something in a request already, whatever the runbook. */
const TAKEN: readonly string[] = [
  ...QUERIES,
  'runbolt',
  'verify',
  'plan',
  'fix',
  'history',
  'retry',
  'schedule',
  'freeze',
];

const words = ({ command, verbs }: Runbook): readonly Finding[] => {
  const found: Finding[] = [];
  if (TAKEN.includes(command))
    found.push(mistake(['command'], `\`${command}\` is a command of Runbolt itself; choose another name.`));
  for (const [kind, word] of Object.entries(verbs)) {
    const other = kind === 'read' ? 'fix' : 'verify';
    if (word === 'plan' || word === 'help' || word === other)
      found.push(mistake(['verbs', kind], `\`${word}\` means something else for every runbook; choose another verb.`));
  }
  if (verbs.read === verbs.write)
    found.push(mistake(['verbs', 'write'], `\`${verbs.read}\` is the word for reading already; choose another verb.`));
  return found;
};

const templatesOf = ({
  proof,
  undoneBy,
  checks,
}: Runbook): readonly { readonly path: Path; readonly template: Template }[] => [
  ...(proof ? [{ path: ['proof'], template: proof }] : []),
  ...(undoneBy ? [{ path: ['undone_by'], template: undoneBy }] : []),
  ...checks.flatMap(({ name, otherwise, advice }) =>
    Object.entries({ otherwise, ...advice }).map(([kind, template]) => ({ path: ['checks', name, kind], template })),
  ),
];

const expressions = (runbook: Runbook): readonly Finding[] => [
  ...[
    ...runbook.checks.flatMap(({ name, when, expect }) => [
      ...(when ? [{ path: ['checks', name, 'when'], text: when.text }] : []),
      { path: ['checks', name, 'expect'], text: expect.text },
    ]),
    ...runbook.changes.map(({ name, when }) => ({ path: ['changes', name, 'when'], text: when.text })),
  ].flatMap(({ path, text }) =>
    hiddenErrors(text).map(({ offset, message }) => mistake(path, `${message}.`, 'value', offset)),
  ),
  ...templatesOf(runbook).flatMap(({ path, template }) => inTemplate(path, template)),
];

const inTemplate = (path: Path, { texts, expressions: parts }: Template): readonly Finding[] => {
  const found: Finding[] = [];
  let offset = 0;
  for (const [i, text] of texts.entries()) {
    const brace = text.search(/[{}]/);
    if (brace >= 0) found.push(mistake(path, 'This brace belongs to no `{expression}`.', 'value', offset + brace));
    offset += text.length + 1;
    const part = parts[i];
    if (!part) continue;
    if (text.endsWith('$'))
      found.push(warning(path, 'This `$` is shown as it is: `{expression}` needs none.', 'value', offset - 2));
    for (const doubt of hiddenErrors(part.text))
      found.push(mistake(path, `${doubt.message}.`, 'value', offset + doubt.offset));
    for (const doubt of openErrors(part.text))
      found.push(warning(path, `${doubt.message}.`, 'value', offset + doubt.offset));
    offset += part.text.length + 1;
  }
  return found;
};

/** `expect: "false"` is sound where each item of a list, or whatever `when` lets through, is a finding. */
const ofCheck = (check: RunbookCheck, { params }: Pick<Runbook, 'params'>): readonly Finding[] => {
  const { name, each, when, expect } = check;
  if (when && !canBe(when.text, true, { params }))
    return [mistake(['checks', name, 'when'], 'This is never true, so the check would always be skipped.')];
  if (!canBe(expect.text, false, { params }))
    return [mistake(['checks', name, 'expect'], 'This is never false, so the check can never fail.')];
  if (!canFail(check, params))
    return [mistake(['checks', name, 'expect'], 'This is never false where `when` holds: the check can never fail.')];
  const meant = (each || when) && expect.text.trim() === 'false';
  if (!meant && !canBe(expect.text, true, { params }))
    return [mistake(['checks', name, 'expect'], 'This is never true, so the check can never pass.')];
  return [];
};

const duplicates = (checks: readonly RunbookCheck[]): readonly Finding[] => {
  const said = ({ each, when, expect }: RunbookCheck) =>
    JSON.stringify([each, when?.text, expect.text].map((part) => JSON.stringify(part)?.replace(/\s+/g, ' ')));
  return checks.flatMap((check, i) => {
    const first = checks.slice(0, i).find((other) => said(other) === said(check));
    return first ? [warning(['checks', check.name], `This says the same as the check \`${first.name}\`.`, 'key')] : [];
  });
};

/** Whether a check can fail where it is not skipped. */
const canFail = ({ when, expect }: Pick<RunbookCheck, 'when' | 'expect'>, params: ParamSpecs): boolean =>
  canBe(when ? `(${when.text}\n) && !(${expect.text}\n)` : `!(${expect.text}\n)`, true, { params });

const known = (checks: readonly RunbookCheck[], states: readonly CheckState[]): ReadonlyMap<string, KnownCheck> =>
  new Map(
    checks.map(({ name, each, when, expect }) => [
      name,
      { states, ...(!each && { expect: expect.text, ...(when && { when: when.text }) }) },
    ]),
  );

const ofChange = (
  { name, when, args }: RunbookChange,
  { params }: Runbook,
  sound: readonly RunbookCheck[],
): readonly Finding[] => {
  const path = ['changes', name, 'when'];
  const found: Finding[] = placeholdersIn(args)
    .filter(({ kind }) => kind === 'secrets')
    .map((secret) =>
      mistake(
        ['changes', name],
        `\`{secrets.${secret.name}}\` cannot be used in a change: a plan is shown and kept with all its values.`,
        'key',
      ),
    );
  if (!canBe(when.text, true, { params, checks: known(sound, CHECK_STATES) }))
    return [...found, mistake(path, 'This is never true, so the change is never made.')];
  const driven = [...when.mentions].some((mention) => mention.startsWith('checks.'));
  if (!driven && !when.mentions.has('params'))
    return [
      ...found,
      mistake(path, 'No check drives this change: name one, `checks.NAME.failed`, or nothing proves that it helped.'),
    ];
  const unfailed = CHECK_STATES.filter((state) => state !== 'failed');
  if (canBe(when.text, true, { params, checks: known(sound, unfailed), atDefaults: true }))
    return [
      ...found,
      warning(path, 'This also holds where no check has failed: the change would be made without a finding.'),
    ];
  return found;
};

const ofEffect = (change: RunbookChange, runbook: Runbook): readonly Finding[] => {
  const found = futile(change, runbook);
  return found ? [(found.sure ? mistake : warning)(['changes', change.name, change.type], `${found.message}.`)] : [];
};

/** `^` and `$` that are not a line's, in a pattern for the text of a file. */
const wholeTexts = ({ facts, checks }: Runbook): readonly Finding[] => {
  const files = new Set(facts.filter(({ type }) => type === 'file').map(({ name }) => `${name}.text`));
  return checks.flatMap(({ name, when, expect }) =>
    Object.entries({ when, expect }).flatMap(([part, expression]) =>
      wholeTextPatterns(expression?.text ?? '', files).map(({ offset, message }) =>
        warning(['checks', name, part], `${message}.`, 'value', offset),
      ),
    ),
  );
};

const unused = (runbook: Runbook): readonly Finding[] => {
  const { checks, changes, facts, params } = runbook;
  const all = [
    ...checks.flatMap((check) => [...(check.when ? [check.when] : []), check.expect]),
    ...changes.map((change) => change.when),
    ...templatesOf(runbook).flatMap(({ template }) => template.expressions),
  ];
  const mentioned = new Set([
    ...all.flatMap((expression) => [...expression.mentions]),
    ...checks.flatMap((check) => (check.each ? [check.each.fact] : [])),
    ...checks.flatMap((check) => (check.kernel ? [check.kernel.fact] : [])),
    ...changes.flatMap((change) => change.needs),
  ]);
  const texts = all.map((expression) => expression.text).join('\n');
  const placed = new Set(
    [...facts, ...changes].flatMap(({ args }) => placeholdersIn(args).map((p) => `${p.kind}.${p.name}`)),
  );
  return [
    ...facts
      .filter(({ name }) => !mentioned.has(name) && !name.startsWith('needed_'))
      .map(({ name }) =>
        warning(['facts', name], `\`${name}\` is gathered from every host, and nothing uses it.`, 'key'),
      ),
    ...Object.keys(params)
      .filter((name) => !placed.has(`params.${name}`) && !new RegExp(`\\bparams\\s*\\.\\s*${name}\\b`).test(texts))
      .map((name) => warning(['params', name], `\`${name}\` can be given, and nothing uses it.`, 'key')),
  ];
};
