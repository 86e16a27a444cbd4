import { failure, ok, type Result } from './fault.js';
import { didYouMean } from './nearest.js';
import { readParams } from './params.js';
import type { Mode, Request } from './run.js';
import type { Runbook } from './runbook.js';
import { wordsOf } from './words.js';

/**
 * The one grammar of all doors. `tcp verify web-* warn=70` and `verify tcp web-* warn=70` mean the same; `runbolt` in
 * front is passed over. A value with spaces stands in quotes: `options="check inter 2s"`. What needs no run is a query.
 */
export type Parsed = { readonly kind: 'run'; readonly request: Request } | Query;

export type Query =
  | { readonly kind: 'help'; readonly topic?: string }
  | { readonly kind: 'list' }
  | { readonly kind: 'runs' }
  | { readonly kind: 'targets'; readonly selector?: string }
  | { readonly kind: 'diagnose'; readonly text: string; readonly selector?: string }
  | { readonly kind: 'status' | 'show' | 'cancel' | 'revert'; readonly runId?: string };

export const QUERIES = ['help', 'list', 'runs', 'targets', 'status', 'show', 'cancel', 'revert', 'diagnose'] as const;
const MAX_LENGTH = 2000;

/** Runbooks by their commands. */
export type Runbooks = Pick<ReadonlyMap<string, Runbook>, 'get' | 'keys' | 'values' | 'size'>;

/** `diagnose TEXT [-- SELECTOR]`: the text is read as it is, with its lines, and may be long. */
const DIAGNOSE = /^\s*(?:\/?runbolt\s+)?\/?diagnose(?!\S)\s*/u;
const GIVEN = /\s--\s+(\S{1,200})\s*$/u;

const diagnosis = (text: string): Result<Parsed> => {
  const tail = text.slice(-300);
  const given = GIVEN.exec(tail);
  const selector = given?.[1];
  const pasted = (given ? text.slice(0, text.length - tail.length + given.index) : text).trim();
  const unquoted = /^(["'])([\s\S]*)\1$/u.exec(pasted)?.[2] ?? pasted;
  if (unquoted.trim() === '') {
    const how = 'Paste it: `/runbolt diagnose "connect: cannot assign requested address"`.';
    return failure('argument_unexpected', '`diagnose` needs an error or lines of a log.', how);
  }
  return ok({ kind: 'diagnose', text: unquoted, ...(selector !== undefined && { selector }) });
};

export const parseRequest = (text: string, runbooks: Runbooks): Result<Parsed> => {
  const asked = DIAGNOSE.exec(text.slice(0, 100));
  if (asked) return diagnosis(text.slice(asked[0].length));
  if (text.length > MAX_LENGTH) {
    return failure(
      'argument_unexpected',
      `The request is longer than ${MAX_LENGTH} characters.`,
      'Ask in fewer words.',
    );
  }
  const words = [...wordsOf(text.normalize('NFKC'))];
  if (words[0]?.replace(/^\//, '') === 'runbolt') words.shift();
  const [first = 'help', ...rest] = words;
  const head = first.replace(/^\//, '');
  if (isQuery(head)) return query(head, rest);
  const runbook = runbooks.get(head);
  if (runbook) return forRunbook(runbook, rest, text);
  const named = runbooks.get(rest[0] ?? '');
  if (named) return forRunbook(named, [head, ...rest.slice(1)], text);
  const everyVerb = [...new Set([...runbooks.values()].flatMap(verbsOf))];
  if (everyVerb.includes(head)) {
    const given = rest[0] === undefined ? 'No runbook is named.' : `There is no runbook \`${rest[0]}\`.`;
    return failure('command_unknown', `${given}${didYouMean(rest[0] ?? '', runbooks.keys())}`, all(runbooks));
  }
  const near = didYouMean(head, [...runbooks.keys(), ...QUERIES, ...everyVerb]);
  return failure('command_unknown', `There is no command \`${head}\`.${near}`, all(runbooks));
};

const all = (runbooks: Runbooks): string =>
  `Runbooks: ${[...runbooks.keys()].join(', ')}. Also: ${QUERIES.join(', ')}. Try \`/runbolt help\`.`;

const isQuery = (word: string): word is (typeof QUERIES)[number] => QUERIES.some((q) => q === word);

const query = (kind: (typeof QUERIES)[number], rest: readonly string[]): Result<Parsed> => {
  const argument = rest.join(' ');
  switch (kind) {
    case 'help':
      return ok({ kind, ...(argument !== '' && { topic: argument }) });
    case 'targets':
      return ok({ kind, ...(argument !== '' && { selector: argument }) });
    case 'diagnose':
      return diagnosis(argument);
    case 'list':
    case 'runs':
      if (argument === '') return ok({ kind });
      return failure(
        'argument_unexpected',
        `\`${kind}\` takes nothing, and \`${argument}\` was given.`,
        `Ask \`${kind}\` alone.`,
      );
    default:
      if (rest.length > 1) {
        return failure(
          'argument_unexpected',
          `\`${kind}\` takes one run, and \`${argument}\` was given.`,
          'Runs: `runbolt runs`.',
        );
      }
      return ok({ kind, ...(rest[0] !== undefined && { runId: rest[0] }) });
  }
};

const verbsOf = (runbook: Runbook): readonly string[] => [
  runbook.verbs.read,
  ...(runbook.verbs.write === undefined ? [] : ['plan', runbook.verbs.write]),
];

/** `verify` and `fix` are understood for every runbook, whatever its own words for reading and changing. */
const ownVerb = (runbook: Runbook, verb: string): string => {
  if (verb === 'verify') return runbook.verbs.read;
  return verb === 'fix' ? (runbook.verbs.write ?? verb) : verb;
};

const modeOf = (runbook: Runbook, verb: string): Mode =>
  verb === runbook.verbs.read ? 'verify' : verb === runbook.verbs.write ? 'fix' : 'plan';

const forRunbook = (runbook: Runbook, words: readonly string[], text: string): Result<Parsed> => {
  const [word, ...rest] = words;
  if (word === undefined || word === 'help') return ok({ kind: 'help', topic: runbook.command });
  const verb = ownVerb(runbook, word);
  const verbs = verbsOf(runbook);
  const usage = usageOf(runbook);
  if (!verbs.includes(verb)) {
    const near = didYouMean(verb, verbs);
    return failure('verb_unknown', `\`${runbook.command}\` has no verb \`${verb}\`.${near}`, usage);
  }
  const given: { name: string; text: string }[] = [];
  const terms: string[] = [];
  for (const [position, word] of rest.entries()) {
    const pair = /^([A-Za-z][A-Za-z0-9_-]*)=(.*)$/.exec(word);
    const name = pair?.[1];
    if (name === undefined) terms.push(word);
    else if (position > 0 || Object.hasOwn(runbook.params, name)) given.push({ name, text: pair?.[2] ?? '' });
    else terms.push(word);
  }
  if (terms.length === 0) {
    return failure('selector_missing', `\`${runbook.command} ${verb}\` needs to know which hosts.`, usage);
  }
  const params = readParams(given, runbook.params, `${runbook.command} ${verb}`);
  if (!params.ok) {
    const labels = 'Labels belong into the selector, joined by a comma: env=prod,role=web.';
    return failure(params.fault.code, params.fault.message, `${params.fault.next} ${labels}`);
  }
  return ok({
    kind: 'run',
    request: {
      runbook: runbook.command,
      verb,
      mode: modeOf(runbook, verb),
      selector: terms.join(' '),
      params: params.value,
      given: given.map((g) => g.name),
      text: text.trim(),
    },
  });
};

/** `Usage: /tcp verify|plan|fix SELECTOR [warn=60]. Example: /tcp verify web-*` */
export const usageOf = (runbook: Runbook): string => {
  const params = Object.entries(runbook.params).map(([name, spec]) => ` [${name}=${String(spec.default)}]`);
  const verbs = verbsOf(runbook).join('|');
  return `Usage: /${runbook.command} ${verbs} SELECTOR${params.join('')}. Example: \`/${runbook.command} ${runbook.verbs.read} web-*\`.`;
};
