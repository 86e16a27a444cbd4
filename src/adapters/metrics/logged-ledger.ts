import type { Logger } from 'pino';
import type { Application, Observation, RunEvent } from '../../core/run.js';
import type { Ledger } from '../../engine/ports.js';

/**
 * The ledger, with a line in the log for what was written to it: each with its run, and with its target where it concerns
 * one. Names and numbers only; what hosts said and what people typed stays in the ledger.
 */
export const loggedLedger = (ledger: Ledger, logger: Logger): Ledger => ({
  ...ledger,
  open: async (key, opened) => {
    const answer = await ledger.open(key, opened);
    const { runbook, verb } = opened.request;
    const about = { runId: answer.runId, runbook, verb, actor: opened.actor.id, targets: opened.targets.length };
    if (answer.fresh) logger.info(about, 'run opened');
    return answer;
  },
  transact: async (runId, decide) => {
    let events: readonly RunEvent[] = [];
    const done = await ledger.transact(runId, (run) => {
      const change = decide(run);
      events = change.events;
      return change;
    });
    if (!done.ok || events.length === 0) return done;
    const log = logger.child({ runId });
    for (const { level, about, message } of events.flatMap(linesOf)) log[level](about, message);
    return done;
  },
});

interface Line {
  readonly level: 'debug' | 'info' | 'warn';
  readonly about: Readonly<Record<string, unknown>>;
  readonly message: string;
}

const line = (level: Line['level'], message: string, about: Line['about'] = {}): Line => ({ level, about, message });

const linesOf = (event: RunEvent): readonly Line[] => {
  switch (event.kind) {
    case 'opened':
      return [];
    case 'started': {
      const { stage, shard, delivery, targets } = event;
      return [line('debug', 'shard started', { stage, shard, delivery, targets: targets.length })];
    }
    case 'observed':
      return event.observations.map(observed);
    case 'planned':
      return [line('info', 'changes planned', { digest: event.digest, targets: event.plan.targets.length })];
    case 'decided': {
      const { verdict, actor, digest } = event;
      return [line('info', 'plan decided', { verdict, actor: actor.id, digest })];
    }
    case 'applied':
      return event.applications.map(applied);
    case 'taking-back':
      return [line('warn', 'a change is taken back', { target: event.target })];
    case 'reverted':
      return [line('info', 'run taken back', { by: event.by, targets: event.targets.length })];
    case 'halted':
      return [line('warn', 'rollout halted')];
    case 'cancelled':
      return [line('info', 'run cancelled', { actor: event.actor.id })];
    case 'ended':
      return [line('info', 'run ended', { outcomes: counted(Object.values(event.outcomes)) })];
  }
};

const observed = ({ target, durationMs, missed }: Observation): Line =>
  missed
    ? line('info', 'host not read', { target, durationMs, outcome: missed.outcome, code: missed.fault.code })
    : line('debug', 'host read', { target, durationMs });

const applied = ({ target, attempt, outcome, reverted, durationMs }: Application): Line =>
  line(outcome === 'changed' ? 'info' : 'warn', 'change attempted', {
    ...{ target, attempt, outcome, reverted, durationMs },
  });

const counted = (outcomes: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...new Set(outcomes)].map((outcome) => [outcome, outcomes.filter((o) => o === outcome).length]));
