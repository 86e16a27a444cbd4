import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { type Engines, openEngines } from '../adapters/engines.js';
import { localTransport } from '../adapters/local/index.js';
import { loggedLedger } from '../adapters/metrics/logged-ledger.js';
import { sshTransport } from '../adapters/ssh/index.js';
import { ssmTransport } from '../adapters/ssm/index.js';
import { transports } from '../adapters/transports.js';
import type { AwsConnection } from '../core/aws.js';
import type { Config } from '../core/config.js';
import { type Fault, FaultError, fault, ok, type Result } from '../core/fault.js';
import type { Runbooks } from '../core/request.js';
import type { Run } from '../core/run.js';
import { zoned } from '../core/zone.js';
import { createEngine, type RunningEngine } from '../engine/create-engine.js';
import type { Inventory, People } from '../engine/ports.js';
import { createSchedules } from '../engine/schedules.js';
import { shardSize } from '../engine/shards.js';
import type { World } from '../engine/world.js';
import type { Environment } from './environment.js';
import { openFleet } from './fleet.js';
import { ledgerTemplate } from './ledger-template.js';
import { measured } from './measured.js';
import type { Operations } from './operations.js';
import { recurring } from './recurring.js';
import { builtIn } from './registry.js';
import { systemClock, systemRandom } from './system.js';

export interface EngineRoom {
  readonly engine: RunningEngine;
  readonly engines: Engines;
  /**
   * Starts the work, and takes up what an earlier process left. Rejects when the courier's server does not answer; then
   * nothing has begun, and it may be called again.
   */
  begin(): Promise<void>;
  /**
   * Takes nothing new, waits for what is under way on hosts and hands the rest over. Resolves with whether there was
   * anything to wait for.
   */
  drain(): Promise<boolean>;
  close(): Promise<void>;
}

export interface EngineRoomOptions {
  readonly env: Pick<
    Environment,
    | 'dataDir'
    | 'databaseUrl'
    | 'redisUrl'
    | 'sshAgent'
    | 'sshPassphrase'
    | 'secrets'
    | 'configPath'
    | 'home'
    | 'user'
    | 'inherited'
  >;
  readonly config: Config;
  /** The fleet, where it is not the configuration's: the demo's comes up while the ledger does. */
  readonly inventory?: Inventory;
  /** Another AWS than the environment's: the demo's own. */
  readonly aws?: () => Promise<AwsConnection>;
  readonly runbooks: Runbooks;
  /** Who entitles Slack's people; absent where nobody of Slack can ask. */
  readonly people?: People;
  readonly courier: 'shared' | 'memory';
  /** Whether this process may carry on a run that another one opened. */
  readonly takesUp: (run: Run) => boolean;
  readonly logger: Logger;
  /** The zone that this process works in. */
  readonly zone?: string;
  /** Hosts that it works on at once; 0: it only hands over to workers. */
  readonly concurrency?: number;
  /** How long what is under way on hosts may take when Runbolt stops, ms; the rest is handed out anew. 5 s when absent. */
  readonly graceMs?: number;
  /** A command's end: inventories that are being asked are given up at once. */
  readonly stop?: AbortSignal;
  /** Absent where nobody asks how the process does: the CLI. */
  readonly operations?: Operations;
}

const GRACE_MS = 5_000;
/** Hosts that one process works on at once: alone, and beside other workers. */
const CONCURRENCY = { alone: 128, shared: 64 } as const;
/** Signs of life come this often, ms: three before a zone counts as without a worker. */
const ALIVE_MS = 10_000;
const TICK_MS = 5_000;

/** Ledger, courier, transports and engine, put together and at work. */
export const openEngineRoom = async (options: EngineRoomOptions): Promise<Result<EngineRoom>> => {
  const { env, config, runbooks, people, courier, takesUp, logger } = options;
  const scales = env.databaseUrl !== undefined && courier === 'shared';
  const refused = refusedAlone(options);
  if (refused) return { ok: false, fault: refused };
  const concurrency = options.concurrency ?? (scales ? CONCURRENCY.shared : CONCURRENCY.alone);
  const engines = await openEngines({
    dataDir: env.dataDir,
    ...ledgerTemplate(),
    ...(env.databaseUrl !== undefined && { databaseUrl: env.databaseUrl }),
    ...(env.redisUrl !== undefined && { redisUrl: env.redisUrl }),
    courier: courier === 'memory' && config.zones.length > 0 ? 'zones' : courier,
    concurrency: Math.max(1, Math.ceil(concurrency / shardSize(scales))),
    ...(options.zone === undefined ? { zones: config.zones.map((z) => z.name) } : { zone: options.zone }),
    clock: systemClock,
    random: systemRandom,
    logger,
  });
  if (!engines.ok) return engines;
  const { ledger, queue } = engines.value;
  const worker = `${hostname()} ${process.pid} ${systemRandom(4)}`;
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
    ssm: ssmTransport({
      ...{ clock: systemClock, random: systemRandom, settings: config.aws },
      ...(options.aws && { connection: options.aws }),
    }),
    local: localTransport(systemClock),
  });
  const log: World['log'] = (message, error, about) => logger.error({ ...about, err: error }, message);
  options.operations?.board.watch('ledger', () => ledger.opened(''));
  const working = async (): Promise<void> => {
    await queue.depth();
    await queue.fit?.();
  };
  options.operations?.board.watch('queue', working);
  const own = options.inventory ? undefined : openFleet(env, config, log, options.stop);
  const inventory = options.inventory ?? own ?? { targets: async () => config.targets };
  const parts = measured({ ledger: loggedLedger(ledger, logger), queue, transport }, metrics);
  const engine = createEngine({
    ...parts,
    inventory: zonedInventory(inventory, config.zones),
    people: entitledBy(people),
    clock: systemClock,
    random: systemRandom,
    registry: builtIn,
    runbooks,
    secrets: env.secrets,
    config,
    takesUp,
    worker,
    shared: engines.value.scales,
    concurrency,
    log,
  });
  const schedules = createSchedules({
    ...{
      schedules: config.schedules,
      runbooks,
      request: engine.request,
      ledger: parts.ledger,
      queue,
      clock: systemClock,
      log,
    },
  });
  const timed = courier === 'shared' && options.zone === undefined;
  const tick = async (): Promise<void> => {
    await Promise.all([engine.tick(), ...(timed ? [schedules.tick()] : [])]);
  };
  const alive = async (): Promise<void> => {
    const { reading, changing } = engine.busy();
    // Who is at work on hosts lives, also while the queue is away; who only waits for jobs must be able to get them.
    if (reading + changing === 0) await working();
    await ledger.workers.alive(worker, options.zone);
  };
  const { graceMs = GRACE_MS } = options;
  const lookAfter = recurring(logger, 'looking after runs and schedules', tick);
  const giveSign = recurring(logger, 'giving a sign of life', alive);
  const every = (ms: number, deed: () => Promise<void>) => setInterval(() => void deed(), ms);
  let ticking: ReturnType<typeof every> | undefined;
  let living: ReturnType<typeof every> | undefined;
  const finish = async (): Promise<boolean> => {
    clearInterval(ticking);
    // A command has nobody to hand over to: what it began, a cancel's last word among it, it ends.
    if (courier === 'shared') engine.drain();
    const { reading, changing, runs } = engine.busy();
    const busy = reading + changing > 0;
    if (busy) {
      logger.info(
        { reading, changing, runs, graceMs },
        `stopping: hosts are finished first, for at most ${Math.ceil(graceMs / 1000)} s; the rest goes to others`,
      );
    }
    // Who finishes what it has still lives: its zone is not given up meanwhile.
    await queue.close(graceMs);
    clearInterval(living);
    return busy;
  };
  let finished: Promise<boolean> | undefined;
  const drain = (): Promise<boolean> => {
    finished ??= finish();
    return finished;
  };
  return ok({
    engine,
    engines: engines.value,
    begin: async () => {
      // A zone's worker has a queue of its own, in which no schedule comes.
      if (timed) await schedules.begin().catch((error) => log('beginning the schedules', error));
      if (concurrency > 0) await queue.work(engine.handle, engine.lost);
      // A command reads once; who stays keeps the fleet ready.
      if (courier === 'shared') own?.begin();
      if (concurrency > 0 && scales) {
        await giveSign();
        living = every(ALIVE_MS, giveSign);
      }
      // On a shared ledger a run may be a living process's: it is taken up once it stands still.
      if (env.databaseUrl === undefined) await engine.recover();
      ticking = every(TICK_MS, lookAfter);
    },
    drain,
    close: async () => {
      await drain();
      await engines.value.close(0);
      engine.close();
      await own?.close();
      await transport.close();
    },
  });
};

/** What asks for other workers where none can be. */
const refusedAlone = ({ env, config, zone, concurrency }: EngineRoomOptions): Fault | undefined => {
  if (env.databaseUrl !== undefined) return undefined;
  const next = 'Set DATABASE_URL to a PostgreSQL that all of them reach.';
  if (config.zones.length > 0 || zone !== undefined) {
    const zones = 'Hosts of `zones` need workers in other processes, and without DATABASE_URL there are none.';
    return fault('worker_alone', zones, `${next.slice(0, -1)}, or take \`zones\` out of runbolt.yaml.`);
  }
  if (concurrency !== 0) return undefined;
  return fault('worker_alone', 'With a concurrency of 0 others must work, and without DATABASE_URL nobody can.', next);
};

/** The fleet with each host's zone; a host in two is a mistake that no run gets past. */
const zonedInventory = (inventory: Inventory, zones: Config['zones']): Inventory => ({
  ...inventory,
  targets: async () => {
    const placed = zoned(await inventory.targets(), zones);
    if (!placed.ok) throw new FaultError(placed.fault);
    return placed.value;
  },
});

/** An actor named in a list is entitled by itself; Slack's people also through their usergroups. */
const entitledBy = (slack: People | undefined): People => ({
  entitled: async (actorId, ids) => {
    if (actorId.startsWith('slack:')) return slack?.entitled(actorId, ids);
    return ids.find((id) => id === actorId);
  },
});
