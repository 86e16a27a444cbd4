import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { sshdMissing } from '../rig/sshd/sshd.js';
import { type DemoStart, endDemos, freshClone, startDemo } from './demo-start.js';
import { type BenchFleet, startBenchFleet } from './fleet.js';
import { Bench, bareRound, type Pair, type SlackPair } from './rounds.js';
import { type Line, machine, tableOf } from './table.js';

const TARGETS = 50;
const ROUNDS = 5;
const LATER_STARTS = 3;
/** No round is begun after this long, ms, so that the whole ends within five minutes; fewer rounds are no result. */
const UNTIL_MS = 210_000;
const COLD_AT_MOST = 1.5;
const WARM_AT_MOST = 2.5;
const FIRST_WORD_MS = 500;
const ANSWERED_MS = 2_000;
const FIRST_START_MS = 15_000;
const LATER_START_MS = 5_000;

const able = namespaceMode(thisMachine());
const missing = sshdMissing() ?? (able.ok ? undefined : able.fault.message);

describe.skipIf(missing !== undefined)(`bench${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let directory: string;
  let fleet: BenchFleet | undefined;
  let bench: Bench | undefined;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'runbolt-bench-'));
    fleet = await startBenchFleet(TARGETS);
    bench = await Bench.start(fleet, directory);
  });
  afterAll(async () => {
    await endDemos();
    await bench?.stop();
    await fleet?.stop();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  it('holds its limits', async () => {
    if (!fleet || !bench) throw new Error('the rig did not start');
    const on = machine();
    const begun = performance.now();
    const hasTime = () => performance.now() - begun < UNTIL_MS;
    const bare: Pair[] = [];
    const slack: SlackPair[] = [];
    const cli: Pair[] = [];
    const starts: DemoStart[] = [];
    const clone = freshClone(directory);
    for (let n = 0; n <= LATER_STARTS && hasTime(); n += 1) {
      starts.push(await startDemo(clone));
      console.log(`start ${n + 1}`, JSON.stringify(starts.at(-1)));
    }
    for (let n = 0; n < ROUNDS && hasTime(); n += 1) {
      bare.push(await bareRound(fleet));
      slack.push(await bench.slackRound());
      cli.push(await bench.cliRound());
      console.log(`round ${n + 1} of ${ROUNDS}`, JSON.stringify([bare.at(-1), slack.at(-1), cli.at(-1)]));
    }
    const [first, ...later] = starts;
    const asks = starts.flatMap((s) => s.asks);
    const cold = { samples: bare.map((r) => r.cold), atMost: COLD_AT_MOST };
    const warm = { samples: bare.map((r) => r.warm), atMost: WARM_AT_MOST };
    const lines: readonly Line[] = [
      { what: 'bare ssh2, cold', samples: cold.samples },
      { what: 'Runbolt from Slack, cold', samples: slack.map((r) => r.cold), against: cold },
      { what: 'Runbolt from the CLI, cold', samples: cli.map((r) => r.cold), against: cold },
      { what: 'bare ssh2, warm', samples: warm.samples },
      { what: 'Runbolt from Slack, warm', samples: slack.map((r) => r.warm), against: warm },
      { what: 'Runbolt from the CLI, warm', samples: cli.map((r) => r.warm), against: warm },
      { what: 'first word, 50 sshd targets', samples: slack.flatMap((r) => r.firstWord), limitMs: FIRST_WORD_MS },
      { what: 'first word, demo', samples: asks.map((a) => a.firstWord), limitMs: FIRST_WORD_MS },
      { what: 'all but the hung host told, demo', samples: asks.map((a) => a.answered), limitMs: ANSWERED_MS },
      {
        what: 'first `npm start` to ready, build included',
        samples: first ? [first.readyMs] : [],
        limitMs: FIRST_START_MS,
      },
      { what: 'later `npm start` to ready', samples: later.map((s) => s.readyMs), limitMs: LATER_START_MS },
    ];
    const table = tableOf(lines);
    console.log(`\n${on}\n\n${table.text}\n`);
    expect(bare.length, 'rounds that this machine had time for').toBe(ROUNDS);
    writeFileSync(resolve(import.meta.dirname, '../../docs/bench.md'), page(on, table.text));
    expect(table.broken).toEqual([]);
  });
});

const page = (on: string, table: string): string => `# Bench

\`npm run bench\` wrote this on ${new Date().toISOString().slice(0, 10)}: ${on}.

${table}

- ${TARGETS} targets of real sshd on loopback; the machine runs their scripts too, so both sides wait for its processors.
- Bare: an ssh2 loop in a fresh process, all targets at once, the gather script of \`tcp verify\` and the same key
  exchange (nistp256). Its start is not counted. Cold: new connections. Warm: the same connections again.
- Runbolt: a fresh bot (an empty pool; its start is not counted) against a strict double of Slack, on the embedded ledger
  and queue. From Slack: from the slash command to the run's end in the ledger. From the CLI: through the bot's socket,
  from the start of the CLI's process to its printed result.
- Rounds alternate: bare, Slack, CLI; the starts of the demo come before them. The ratio is that of the medians.
- First word: from the slash command to the first message in the channel. Told: until that message has the findings of
  every host but the one that hangs.
- \`npm start\`: in a copy of the sources without a build, until the demo says that it is ready.
`;
