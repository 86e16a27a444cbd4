import type { Origin } from '../core/actor.js';
import { failure, ok, type Result } from '../core/fault.js';
import { didYouMean } from '../core/nearest.js';
import { describe } from '../core/params.js';
import { type Query, type Runbooks, usageOf } from '../core/request.js';
import type { Runbook } from '../core/runbook.js';
import { cut } from '../core/text.js';
import { diagnosisLines } from './diagnosis.js';
import type { RunSummary } from './ports.js';
import { surveyOf, targetLines } from './target-lines.js';
import type { World } from './world.js';

type Lines = Result<readonly string[]>;

/** A request may be long; a list shows its beginning. */
const MAX_COMMAND = 300;

/** Answers to what needs no run. `show`, `status`, `cancel` and `revert` of a given run are answered by the engine. */
export const answer = async (world: World, query: Query, door: Origin['door']): Promise<Lines> => {
  switch (query.kind) {
    case 'help':
      return helpOf(world.runbooks, query.topic);
    case 'list':
      return ok(listOf(world.runbooks));
    case 'runs':
      return ok(runLines(await world.ledger.runs(20)));
    case 'targets':
      return targetLines(await surveyOf(world.inventory), query.selector, world);
    case 'diagnose':
      return ok(await diagnosisLines(world, query, door));
    case 'revert':
      return ok([...runLines(await world.ledger.runs(20)), 'Name one: `/runbolt revert RUN`.']);
    case 'status':
    case 'show':
    case 'cancel': {
      const going = (await world.ledger.runs(50)).filter((r) => r.phase !== 'ended');
      const lines = going.length === 0 ? ['No run is going on.'] : runLines(going);
      return ok(query.kind === 'status' ? lines : [...lines, `Name one: \`/runbolt ${query.kind} RUN\`.`]);
    }
  }
};

/** One line a runbook. */
export const listOf = (runbooks: Runbooks): readonly string[] =>
  [...runbooks.values()].map((r) => `/${r.command}: ${r.title}. ${usageOf(r)}`);

const helpOf = (runbooks: Runbooks, topic: string | undefined): Lines => {
  if (topic === undefined) {
    return ok([
      ...[...runbooks.values()].map((r) => `\`/${r.command} ${r.verbs.read} SELECTOR\` ${r.title}`),
      '`/runbolt list` the runbooks · `/runbolt targets [SELECTOR]` the hosts · `/runbolt runs` recent runs',
      '`/runbolt diagnose ERROR [-- SELECTOR]` which runbook a pasted error points to',
      '`/runbolt status [RUN]` · `/runbolt show RUN` · `/runbolt cancel RUN` · `/runbolt revert RUN` · `/runbolt help RUNBOOK`',
      'A SELECTOR is names (web-1, web-*, web-[1-12]), labels (env=prod,role=web), groups (@edge); !name leaves out.',
      'Spaces unite, labels after a comma narrow: `@edge,env=staging`. What no host matches is refused, with near names.',
      'Example: `/tcp verify web-*`. In a thread, mention the bot: `@runbolt status`, `@runbolt cancel`.',
    ]);
  }
  const runbook = runbooks.get(topic.replace(/^\//, ''));
  if (runbook) return ok(runbookHelp(runbook));
  const near = didYouMean(topic, runbooks.keys());
  return failure(
    'command_unknown',
    `There is no help on \`${topic}\`.${near}`,
    `Runbooks: ${[...runbooks.keys()].join(', ')}.`,
  );
};

const runbookHelp = (runbook: Runbook): readonly string[] => [
  `${runbook.title}. ${usageOf(runbook)}`,
  ...Object.entries(runbook.params).map(([name, spec]) => `${name}: ${spec.help} It is ${describe(spec)}.`),
  ...(runbook.symptoms.length > 0 ? [`Symptoms: ${runbook.symptoms.filter((s) => !/^[!/]/.test(s)).join('; ')}`] : []),
  ...runbook.checks.map((c) => `${c.severity} ${c.name}: ${c.rule}`),
];

/** One line a run: `r3k… tcp fix web-* · by ana · ended: 3 changed`. */
const runLines = (runs: readonly RunSummary[]): readonly string[] =>
  runs.length === 0
    ? ['No runs yet. Try `/tcp verify web-*`.']
    : runs.map((r) => {
        const counts = Object.entries(r.outcomes).map(([outcome, n]) => `${n} ${outcome}`);
        const phase = r.phase === 'ended' ? counts.join(', ') || 'ended' : r.phase;
        return `${r.id} · ${new Date(r.at).toISOString().slice(0, 16).replace('T', ' ')} UTC · ${cut(r.command, MAX_COMMAND)} · by ${r.actor} · ${phase}`;
      });
