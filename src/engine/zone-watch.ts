import { fault } from '../core/fault.js';
import { type Application, missedObservation, type Run, type RunEvent, shardKey } from '../core/run.js';
import { type Handover, openShards, openTargets } from './advance.js';
import { ATTEMPTS, attemptId } from './attempt-script.js';
import type { Driver } from './drive.js';
import { shardsOf } from './shards.js';
import type { World } from './world.js';

/** A zone without a sign of life of a worker for this long is told to who waits for its hosts, ms. */
export const UNWORKED_MS = 30_000;
/** Who has not looked for so long looks from the start: the ledger may have been away, and signs of life with it. */
const GAP_MS = 15_000;

export interface ZoneWatch {
  /** One look: of each zone it is asked once, and of each run it is told whether targets were given their outcome. */
  look(): (run: Run) => Promise<boolean>;
}

/**
 * Looks whether zones that runs wait for (the one without a name too) have a worker. Where none has been seen for 30 s,
 * by its own sign of life and as long as this process looked, though the queue answers, the targets that wait get their outcome, and a late
 * worker finds nothing left to do.
 */
export const zoneWatch = (world: World, driver: Driver): ZoneWatch => {
  /** Since when, and when last, a zone was looked at, ms since the epoch. */
  const looks = new Map<string | undefined, { readonly since: number; readonly last: number }>();

  const isUnworked = async (zone: string | undefined): Promise<boolean> => {
    const silence = await world.ledger.workers.silence(zone);
    const silent = silence === undefined || silence >= UNWORKED_MS;
    // Who can get no jobs gives no sign of life: while the queue is away, that tells nothing of workers.
    if (silent && !(await answers(world.queue))) {
      looks.delete(zone);
      return false;
    }
    const now = world.clock.now();
    const before = looks.get(zone);
    const since = before && now - before.last < GAP_MS ? before.since : now;
    looks.set(zone, { since, last: now });
    return silent && now - since >= UNWORKED_MS;
  };

  const look = (): ((run: Run) => Promise<boolean>) => {
    const looked = new Map<string | undefined, Promise<boolean>>();
    const once = (zone: string | undefined): Promise<boolean> => {
      const answer = looked.get(zone) ?? isUnworked(zone);
      looked.set(zone, answer);
      return answer;
    };
    return async (run) => {
      if (!world.shared) return false;
      // Hosts without a zone are worked on here, unless this process leaves them to workers.
      const others = world.concurrency === 0 && world.takesUp(run);
      const zones = new Set(openShards(run).map((open) => zoneOf(run, open)));
      if (!others) zones.delete(undefined);
      const unworked = new Set<string | undefined>();
      for (const zone of zones) if (await once(zone)) unworked.add(zone);
      if (unworked.size === 0) return false;
      await driver.settle(run.id, (now) => ({
        events: openShards(now).flatMap((open) => {
          const zone = zoneOf(now, open);
          return unworked.has(zone) ? [givenUp(now, open, zone, world.clock.now())] : [];
        }),
        result: undefined,
      }));
      return true;
    };
  };
  return { look };
};

const answers = async (queue: World['queue']): Promise<boolean> => {
  try {
    await queue.depth();
    return true;
  } catch {
    return false;
  }
};

const zoneOf = (run: Run, { stage, shard }: Handover): string | undefined => shardsOf(run, stage)[shard]?.zone;

/** The outcome of a shard's targets that nobody will work on. What a lost worker had begun to change is unknown. */
const givenUp = (run: Run, { stage, shard }: Handover, zone: string | undefined, at: number): RunEvent => {
  const names = openTargets(run, stage, shard);
  const gone = unworkedFault(zone);
  if (stage === 'gather') {
    const missed = { outcome: 'unreachable', fault: gone } as const;
    return {
      kind: 'observed',
      at,
      observations: names.map((n) => missedObservation(n, missed, { at, durationMs: 0 })),
    };
  }
  const begun = run.deliveries.has(shardKey(stage, shard));
  const applications = names.map((target): Application => {
    const attempt = attemptId(run.id, target);
    const reason = begun
      ? `its worker has gone while it was changed; what became of it stands in ${ATTEMPTS}/${attempt} on the host`
      : `${gone.message} ${gone.next}`;
    const outcome = begun ? 'unknown' : 'unreachable';
    return { target, attempt, outcome, reverted: null, reason, durationMs: 0 };
  });
  return { kind: 'applied', at, applications };
};

const unworkedFault = (zone: string | undefined) => {
  const seconds = UNWORKED_MS / 1000;
  return zone === undefined
    ? fault('zone_unworked', `No worker has been seen for ${seconds} s.`, 'Start `runbolt worker`, and ask again.')
    : fault(
        'zone_unworked',
        `No worker of zone ${zone} has been seen for ${seconds} s.`,
        `Start \`runbolt worker --zone ${zone}\` there, and ask again.`,
      );
};
