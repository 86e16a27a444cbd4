import type { Actor, Origin } from '../../../src/core/actor.js';
import { failure, ok, type Result } from '../../../src/core/fault.js';
import type { SlackEngine } from '../../../src/doors/slack/parts.js';
import type { Answer, Press } from '../../../src/engine/engine.js';
import type { RunView } from '../../../src/engine/view.js';
import { MemoryLedger } from './memory-ledger.js';

/** A view of a run that reads twelve hosts, for tests to change. */
export const aView = (id: string, change: Partial<RunView> = {}): RunView => ({
  id,
  version: 1,
  mode: 'verify',
  command: 'tcp verify',
  selector: 'web-*',
  title: 'Ports for outgoing connections',
  environments: ['PROD'],
  actor: { id: 'slack:U1ANA', name: 'ana' },
  startedAt: 1_700_000_000_000,
  phase: 'gathering',
  coverage: { total: 12, reached: 0, answered: 0 },
  groups: [],
  actions: ['cancel'],
  ...change,
});

/** An engine whose runs say what the test lets them say. It keeps who asked for what, with which key. */
export class ScriptedEngine implements SlackEngine {
  readonly ledger = new MemoryLedger();
  readonly views = new Map<string, RunView>();
  readonly requests: { text: string; actor: Actor; origin: Origin; key: string }[] = [];
  readonly presses: { press: Press; actor: Actor; key: string }[] = [];
  readonly #byKey = new Map<string, Result<Answer>>();
  reports: (runId: string) => string | undefined = (runId) => `report of ${runId}`;
  onRequest: (text: string) => Result<Answer> | undefined | Promise<Result<Answer>> = () => undefined;
  onPress: (press: Press, actor: Actor) => Result<Answer> = () =>
    failure('approval_decided', 'Bo was faster: approved.', 'Nothing is left to do.');

  async request(text: string, actor: Actor, origin: Origin, key: string): Promise<Result<Answer>> {
    this.requests.push({ text, actor, origin, key });
    const known = this.#byKey.get(key);
    if (known) return known;
    const answer = (await this.onRequest(text)) ?? this.opened(text, actor, origin);
    this.#byKey.set(key, answer);
    return answer;
  }

  async press(press: Press, actor: Actor, key: string): Promise<Result<Answer>> {
    this.presses.push({ press, actor, key });
    const known = this.#byKey.get(key);
    if (known) return known;
    const answer = this.onPress(press, actor);
    this.#byKey.set(key, answer);
    return answer;
  }

  async view(runId: string): Promise<RunView | undefined> {
    return this.views.get(runId);
  }

  async report(runId: string): Promise<string | undefined> {
    return this.reports(runId);
  }

  /** Opens a run with the first view, as a request does. */
  opened(text: string, actor: Actor, origin: Origin, parent?: string): Result<Answer> {
    const runId = `run-${this.views.size + 1}`;
    const request = {
      runbook: 'tcp',
      verb: 'verify',
      mode: 'verify',
      selector: 'web-*',
      params: {},
      given: [],
      text,
    } as const;
    const kin = parent === undefined ? {} : { parent };
    this.ledger.open(runId, { kind: 'opened', at: Date.now(), actor, origin, request, targets: [], shard: 10, ...kin });
    this.show(aView(runId, { actor, ...kin }));
    return ok({ kind: 'run', runId, fresh: true });
  }

  /** The run has come so far. */
  show(view: RunView): void {
    const version = (this.views.get(view.id)?.version ?? 0) + 1;
    this.views.set(view.id, { ...view, version });
    this.ledger.changed(view.id, version);
  }

  /** The run as it is, changed. */
  advance(runId: string, change: Partial<RunView>): void {
    const view = this.views.get(runId);
    if (view) this.show({ ...view, ...change });
  }
}
