import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { builtIn } from '../../../src/composition/registry.js';
import { runbooksOf } from '../../../src/composition/runbook-files.js';
import type { Step } from '../../../src/core/change-type.js';
import { byName } from '../../../src/core/names.js';
import { readParams } from '../../../src/core/params.js';
import { type Application, foldRun, type Observation, openRun, type Request } from '../../../src/core/run.js';
import type { Runbook } from '../../../src/core/runbook.js';
import { loadRunbook } from '../../../src/core/runbook-loader.js';
import type { Target } from '../../../src/core/target.js';
import { applyTo } from '../../../src/engine/apply.js';
import { attemptId, revertStep } from '../../../src/engine/attempt-script.js';
import { observe } from '../../../src/engine/gather.js';
import { drivers } from '../../../src/engine/propose.js';
import type { World } from '../../../src/engine/world.js';
import { NO_LEDGER, unused } from '../no-ledger.js';
import { target as targetNamed } from '../targets.js';
import type { Scenario } from './scenario.js';
import { ADDRESS, type ScenarioHost } from './scenario-host.js';

const HOST = 'here';
const never = new AbortController().signal;
setMaxListeners(0, never);
let runs = 0;

/** The engine over one scenario's host: what a person's request would do, step by step. */
export class ScenarioRun {
  private constructor(
    private readonly scenario: Scenario,
    private readonly world: World,
    private readonly runbook: Runbook,
    private readonly request: Request,
    private readonly fleet: ReadonlyMap<string, Target>,
  ) {}

  static async on(host: ScenarioHost, scenario: Scenario): Promise<ScenarioRun> {
    const runbooks = await runbooksOf(undefined);
    if (!runbooks.ok) throw new Error(`${runbooks.fault.message}\n${runbooks.fault.next}`);
    const own = scenario.own === undefined ? undefined : loadRunbook('runbook.yaml', scenario.own, builtIn);
    if (own && !own.ok) throw new Error(`${own.fault.message}\n${own.fault.next}`);
    const runbook = own?.value ?? runbooks.value.get(scenario.runbook);
    if (runbook?.command !== scenario.runbook) throw new Error(`there is no runbook ${scenario.runbook}`);
    const given = Object.entries(scenario.params).map(([name, value]) => ({ name, text: String(value) }));
    const params = readParams(given, runbook.params, scenario.runbook);
    if (!params.ok) throw new Error(`${params.fault.message} ${params.fault.next}`);
    const target = { ...targetNamed(HOST, scenario.labels), host: ADDRESS };
    const others = scenario.fleet.map((o) => ({ ...targetNamed(o.name, o.labels), host: o.host }));
    const request: Request = {
      runbook: scenario.runbook,
      verb: 'fix',
      mode: 'fix',
      selector: HOST,
      params: params.value,
      given: given.map((g) => g.name),
      text: scenario.name,
    };
    const world: World = {
      transport: host.transport(scenario),
      registry: builtIn,
      clock: { now: () => Date.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
      random: (bytes) => randomBytes(bytes).toString('hex'),
      config: { groups: {}, policies: [], limits: { gatherMs: 20_000, applyMs: 60_000 } },
      ...{
        runbooks: new Map([[runbook.command, runbook]]),
        secrets: {},
        ledger: NO_LEDGER,
        queue: { add: unused, depth: unused },
      },
      ...{
        inventory: { targets: unused },
        people: { entitled: unused },
        shared: false,
        concurrency: 8,
        worker: 'here',
        takesUp: () => true,
      },
      log: (_, error) => {
        throw error;
      },
    };
    const fleet = new Map([target, ...others].map((t) => [t.name, t]));
    return new ScenarioRun(scenario, world, runbook, request, fleet);
  }

  /** Reads the host, judges and plans. */
  observe(): Promise<Observation> {
    const { request, runbook } = this;
    const target = this.target();
    const gatherer = { ...this.world, limitMs: this.world.config.limits.gatherMs };
    return observe(gatherer, { target, fleet: [...this.fleet.values()], runbook, request }, never);
  }

  /** Applies the observation's steps as an approved run would. */
  async apply(seen: Observation): Promise<{ readonly application: Application; readonly attempt: string }> {
    const id = `r${++runs}`;
    const application = await this.carryOut(id, 'fix', seen, seen.steps);
    return { application, attempt: attemptId(id, HOST) };
  }

  /** The checks that asked for the changes that were seen, and that fail in a later audit still. */
  stillFailing(seen: Observation, later: Observation): readonly string[] {
    const applied = this.runbook.changes.filter((c) => seen.steps.some((s) => s.change === c.name));
    const wanted = new Set(applied.flatMap((c) => drivers(c, seen.verdicts)));
    return later.verdicts
      .filter((v) => wanted.has(v.check) && v.kind !== 'pass' && v.kind !== 'skip')
      .map((v) => v.check);
  }

  /** Takes an attempt back as a press on Revert would. */
  revert(seen: Observation, attempt: string): Promise<Application> {
    return this.carryOut(`r${++runs}`, 'revert', seen, [revertStep(attempt, [])]);
  }

  private carryOut(
    id: string,
    mode: 'fix' | 'revert',
    seen: Observation,
    steps: readonly Step[],
  ): Promise<Application> {
    const at = Date.now();
    const opened = openRun(id, {
      ...{ kind: 'opened', at, actor: { id: 'cli:ana', name: 'ana' }, origin: { door: 'cli' }, shard: 1 },
      request: { ...this.request, mode },
      targets: [{ name: HOST, labels: this.scenario.labels, transport: 'local' }],
    });
    const run = foldRun(foldRun(opened, { kind: 'observed', at, observations: [seen] }), {
      ...{ kind: 'planned', at, digest: 'd', requirement: { kind: 'requester' }, expiresAt: at + 60_000 },
      ...{ plan: { runbook: this.scenario.runbook, targets: [{ target: HOST, steps }] } },
      ...{ waves: [[HOST]], stopAfterFailures: 1 },
    });
    const rest = { delivery: 1, lookOnly: false, signal: never, mayTakeBack: async () => true };
    return applyTo(this.world, { run, runbook: this.runbook, fleet: this.fleet, name: HOST, ...rest });
  }

  private target(): Target {
    const found = this.fleet.get(HOST);
    if (!found) throw new Error('no target');
    return found;
  }
}

/** What each check came to: of several items, the worst. */
export const kindsOf = ({ verdicts }: Observation): Readonly<Record<string, string>> => {
  const WORST = ['fail', 'error', 'pass', 'skip'];
  const kinds: Record<string, string> = {};
  for (const { check, kind } of [...verdicts].sort((a, b) => byName(a.check, b.check))) {
    const known = kinds[check];
    if (known === undefined || WORST.indexOf(kind) < WORST.indexOf(known)) kinds[check] = kind;
  }
  return kinds;
};
