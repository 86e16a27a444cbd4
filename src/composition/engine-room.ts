import type { Logger } from 'pino';
import { type Engines, openEngines } from '../adapters/engines.js';
import { localTransport } from '../adapters/local/index.js';
import { sshTransport } from '../adapters/ssh/index.js';
import { transports } from '../adapters/transports.js';
import type { Config } from '../core/config.js';
import { ok, type Result } from '../core/fault.js';
import type { Runbooks } from '../core/request.js';
import type { Run } from '../core/run.js';
import { createEngine, type RunningEngine } from '../engine/create-engine.js';
import type { Inventory, People } from '../engine/ports.js';
import { createSchedules } from '../engine/schedules.js';
import type { Environment } from './environment.js';
import { ledgerTemplate } from './ledger-template.js';
import { measured } from './measured.js';
import type { Operations } from './operations.js';
import { builtIn } from './registry.js';
import { systemClock, systemRandom } from './system.js';

export interface EngineRoom {
  readonly engine: RunningEngine;
  readonly engines: Engines;
  /** Starts the work, and takes up what an earlier process left. */
  begin(): Promise<void>;
  close(): Promise<void>;
}

export interface EngineRoomOptions {
  readonly env: Pick<Environment, 'dataDir' | 'databaseUrl' | 'redisUrl' | 'sshAgent' | 'sshPassphrase' | 'secrets'>;
  readonly config: Config;
  /** The fleet, where it is not the configuration's: the demo's comes up while the ledger does. */
  readonly inventory?: Inventory;
  readonly runbooks: Runbooks;
  /** Who entitles Slack's people; absent where nobody of Slack can ask. */
  readonly people?: People;
  readonly courier: 'shared' | 'memory';
  /** Whether this process may carry on a run that another one opened. */
  readonly takesUp: (run: Run) => boolean;
  readonly logger: Logger;
  /** Absent where nobody asks how the process does: the CLI. */
  readonly operations?: Operations;
}

/** How long running shards may finish when Runbolt stops, ms. What does not is taken up at the next start. */
const GRACE_MS = 5_000;
const TICK_MS = 5_000;

/** Ledger, courier, transports and engine, put together and at work. */
export const openEngineRoom = async (options: EngineRoomOptions): Promise<Result<EngineRoom>> => {
  const { env, config, runbooks, people, courier, takesUp, logger } = options;
  const engines = await openEngines({
    dataDir: env.dataDir,
    ...ledgerTemplate(),
    ...(env.databaseUrl !== undefined && { databaseUrl: env.databaseUrl }),
    ...(env.redisUrl !== undefined && { redisUrl: env.redisUrl }),
    courier,
    clock: systemClock,
    random: systemRandom,
    logger,
  });
  if (!engines.ok) return engines;
  const { ledger, queue } = engines.value;
  const { metrics } = options.operations ?? {};
  const transport = transports({
    ssh: sshTransport({
      knownHosts: [config.ssh.knownHosts],
      clock: systemClock,
      ...(metrics && { onDial: (result) => metrics.dials.inc({ result }) }),
      ...(env.sshAgent !== undefined && { agent: env.sshAgent }),
      ...(env.sshPassphrase !== undefined && { passphrase: env.sshPassphrase }),
      ...(config.ssh.bastion !== undefined && { bastion: config.ssh.bastion }),
    }),
    local: localTransport(systemClock),
  });
  const log = (message: string, error: unknown) => logger.error({ err: error }, message);
  options.operations?.board.watch('ledger', () => ledger.opened(''));
  options.operations?.board.watch('queue', () => queue.depth());
  const engine = createEngine({
    ...measured({ ledger, queue, transport }, metrics),
    inventory: options.inventory ?? { targets: async () => config.targets },
    people: entitledBy(people),
    clock: systemClock,
    random: systemRandom,
    registry: builtIn,
    runbooks,
    secrets: env.secrets,
    config,
    takesUp,
    log,
  });
  const schedules = createSchedules({
    ...{ schedules: config.schedules, runbooks, request: engine.request, ledger, queue, clock: systemClock, log },
  });
  const tick = async (): Promise<void> => {
    await Promise.all([engine.tick(), ...(courier === 'shared' ? [schedules.tick()] : [])]);
  };
  let ticking: ReturnType<typeof setInterval> | undefined;
  return ok({
    engine,
    engines: engines.value,
    begin: async () => {
      if (courier === 'shared') await schedules.begin().catch((error) => log('beginning the schedules', error));
      await queue.work(engine.handle, engine.lost);
      // On a shared ledger a run may be a living process's: it is taken up once it stands still.
      if (env.databaseUrl === undefined) await engine.recover();
      ticking = setInterval(() => {
        tick().catch((error) => log('looking after runs and schedules', error));
      }, TICK_MS);
    },
    close: async () => {
      clearInterval(ticking);
      engine.close();
      await engines.value.close(GRACE_MS);
      await transport.close();
    },
  });
};

/** An actor named in a list is entitled by itself; Slack's people also through their usergroups. */
const entitledBy = (slack: People | undefined): People => ({
  entitled: async (actorId, ids) => {
    if (actorId.startsWith('slack:')) return slack?.entitled(actorId, ids);
    return ids.find((id) => id === actorId);
  },
});
