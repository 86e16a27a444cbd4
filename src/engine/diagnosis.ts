import type { Origin } from '../core/actor.js';
import { type Candidate, diagnose, hostsIn, linesOf, MAX_LINES, type Reason } from '../core/diagnose.js';
import { foldNames } from '../core/names.js';
import { resolve } from '../core/resolve.js';
import { parseSelector } from '../core/selector.js';
import type { Target } from '../core/target.js';
import { cut } from '../core/text.js';
import type { World } from './world.js';

/** Reasons shown of one candidate; more of them say the same again. */
const REASONS = 3;
/** Hosts more than these in a text are a whole log, not a hint. */
const MOST_HOSTS = 20;

/** What a pasted error points to: each runbook with the command to run and the line that says so, or that none does. */
export const diagnosisLines = async (
  world: Pick<World, 'runbooks' | 'inventory'> & { readonly config: Pick<World['config'], 'groups'> },
  { text, selector }: { readonly text: string; readonly selector?: string },
  door: Origin['door'],
): Promise<readonly string[]> => {
  const { lines, more } = linesOf(text);
  const read = lines.length === 1 ? 'this line' : `these ${lines.length} lines`;
  const cutOff = more ? [`Only the last ${MAX_LINES} lines were read.`] : [];
  const candidates = diagnose(lines, world.runbooks.values());
  if (candidates.length === 0) {
    return [
      `No symptom that a runbook knows is in ${read}.`,
      ...cutOff,
      ...[...world.runbooks.values()].map((r) => `\`/${r.command}\` knows: ${shownSymptoms(r.symptoms)}`),
      'Paste the error itself, as the client logged it, or ask a runbook: `/runbolt list`.',
    ];
  }
  const where = whereOf(lines, selector, await world.inventory.targets(), world.config);
  return [
    ...candidates.flatMap((candidate, i) => candidateLines(world, candidate, i + 1, where.selector, door)),
    ...where.notes,
    ...cutOff,
  ];
};

const candidateLines = (
  { runbooks }: Pick<World, 'runbooks'>,
  { runbook: command, reasons }: Candidate,
  place: number,
  selector: string,
  door: Origin['door'],
): readonly string[] => {
  const runbook = runbooks.get(command);
  const ask =
    door === 'cli' ? `runbolt verify ${command} '${selector}'` : `/${command} ${runbook?.verbs.read} ${selector}`;
  return [`${place}. \`${ask}\` ${runbook?.title ?? ''}`, ...reasons.slice(0, REASONS).map(reasonLine)];
};

const reasonLine = ({ symptom, line, text }: Reason): string =>
  `    line ${line} has "${bare(symptom)}": ${bare(cut(text, 300))}`;

/** Without the marks that would begin code in a message. */
const bare = (text: string): string => text.replaceAll('`', "'");

const shownSymptoms = (symptoms: readonly string[]): string =>
  bare(
    symptoms
      .filter((s) => !/^[!/]/.test(s))
      .slice(0, 4)
      .join('; '),
  );

/** The hosts to ask, as a selector: those that were given, or named in the text, or a word that stands for them. */
const whereOf = (
  lines: readonly string[],
  given: string | undefined,
  fleet: readonly Target[],
  config: Pick<World['config'], 'groups'>,
): { readonly selector: string; readonly notes: readonly string[] } => {
  const unnamed = 'HOSTS stands for the hosts that logged this: web-3, web-* or env=prod, for example.';
  if (given !== undefined) {
    const parsed = parseSelector(given, config.groups);
    if (parsed.ok && fleet.length === 0) return { selector: given, notes: [] };
    const chosen = parsed.ok ? resolve(given, parsed.value, fleet) : parsed;
    if (chosen.ok) return { selector: given, notes: [] };
    return { selector: 'HOSTS', notes: [`${chosen.fault.message} ${unnamed}`] };
  }
  const named = hostsIn(lines, fleet);
  if (named.length === 0 || named.length > MOST_HOSTS) return { selector: 'HOSTS', notes: [unnamed] };
  const selector = foldNames(named).replaceAll(', ', ' ');
  return { selector, notes: [`${selector} is named in the text.`] };
};
