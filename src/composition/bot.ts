import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { lockDataDirectory } from '../adapters/ledger/index.js';
import type { AwsConnection } from '../core/aws.js';
import type { Config } from '../core/config.js';
import { type Fault, FaultError, ok, type Result, resultOf } from '../core/fault.js';
import type { Runbooks } from '../core/request.js';
import { deskServer } from '../doors/cli/desk-server.js';
import { engineLine } from '../doors/cli/line.js';
import { slackDoor, slackPeople } from '../doors/slack/index.js';
import type { Engine } from '../engine/engine.js';
import type { Inventory } from '../engine/ports.js';
import { stagedBackup } from './backup.js';
import { type EngineRoom, openEngineRoom } from './engine-room.js';
import type { Environment } from './environment.js';
import type { Operations } from './operations.js';
import { mayPass, type Patience, untilReachable } from './patience.js';
import { keepRetention } from './retention.js';
import { warnOfChannels } from './schedule-channels.js';
import { checkSchedules } from './schedule-check.js';
import { systemClock } from './system.js';

export interface BotOptions {
  readonly env: Environment;
  readonly config: Config;
  readonly inventory?: Inventory;
  readonly aws?: () => Promise<AwsConnection>;
  readonly runbooks: Runbooks;
  readonly slack: { readonly botToken: string; readonly appToken: string; readonly apiUrl?: string };
  readonly logger: Logger;
  /** Hosts that the bot itself works on at once; 0 leaves them to workers. */
  readonly concurrency?: number;
  /** How long what is under way on hosts may take when the bot stops, ms. */
  readonly graceMs?: number;
  /** Absent where nobody asks how the process does. */
  readonly operations?: Operations;
  /** Told why a request or a press of Slack was refused. */
  readonly onRefused?: (why: Fault) => void;
  /** Absent: a server that is away is a fault at once. */
  readonly patience?: Patience;
}

export interface Bot {
  readonly room: EngineRoom;
  /** How many requests and presses of Slack have been answered. */
  answered(): number;
  stop(): Promise<void>;
}

/** The bot: the engine, Slack as its door, and the data directory's socket for the CLI. */
export const startBot = async (options: BotOptions): Promise<Result<Bot>> => {
  const { env, runbooks, slack, logger, operations, patience } = options;
  const { metrics, board } = operations ?? {};
  const onLimited = metrics && { onLimited: (method: string) => metrics.limited.inc({ method }) };
  const checked = checkSchedules(env.configPath, options.config, runbooks);
  if (!checked.ok) return checked;
  const api = slack.apiUrl === undefined ? {} : { apiUrl: slack.apiUrl };
  const people = slackPeople({ botToken: slack.botToken, ...api, clock: systemClock, logger, ...onLimited });
  const open = () => openEngineRoom({ ...options, people, courier: 'shared', takesUp: () => true });
  const opened = patience ? await untilReachable(open, env, patience) : await open();
  if (!opened.ok) return opened;
  const room = opened.value;
  // The embedded ledger is the data directory's lock already, and gives it up itself once it is closed.
  const lock = room.engines.lock ? undefined : await lockDataDirectory(env.dataDir);
  const close = async () => {
    await room.close();
    if (lock?.ok) await lock.value.release();
  };
  if (lock && !lock.ok) {
    await close();
    return lock;
  }
  const counted = counting(room.engine, options.onRefused);
  const door = slackDoor({
    engine: counted.engine,
    ledger: room.engines.ledger,
    clock: systemClock,
    logger,
    ...slack,
    ...onLimited,
    commands: [...runbooks.keys()].map((command) => `/${command}`),
  });
  const started = await door.start();
  if (!started.ok && !(patience && mayPass(started.fault, env))) {
    await close();
    return started;
  }
  const begin = () => resultOf(async () => ok(await room.begin()));
  const begun = patience ? await untilReachable(begin, env, patience) : await begin();
  if (!begun.ok) {
    await door.stop();
    await close();
    return begun;
  }
  const ending = new AbortController();
  const { retentionMs: keepMs } = options.config;
  const kept = { ledger: room.engines.ledger, clock: systemClock, logger };
  const tidying = keepMs === undefined ? undefined : keepRetention({ ...kept, keepMs }, ending.signal);
  const { backup } = room.engines;
  const copy = room.engines.lock && (() => stagedBackup(backup, env.dataDir));
  const desk = deskServer(engineLine(room.engine), copy);
  const server = room.engines.lock?.server ?? lock?.value.server;
  const serve = (socket: Socket) => void desk.emit('connection', socket);
  server?.on('connection', serve);
  const stop = async () => {
    ending.abort();
    await tidying;
    server?.off('connection', serve);
    await door.deafen();
    if (await room.drain()) await told(room).catch((error) => logger.warn({ err: error }, 'telling of the last hosts'));
    await door.stop();
    await close();
  };
  // The command line, the schedules and what was accepted before do not wait for Slack.
  const connected = started.ok || !patience ? started : await untilReachable(door.start, env, patience);
  if (!connected.ok) {
    await stop();
    return connected;
  }
  board?.watch('slack', async () => {
    const away = door.away();
    if (away) throw new FaultError(away);
  });
  metrics?.watchSlack(door.lagMs);
  void warnOfChannels({ ...slack, clock: systemClock }, options.config.schedules, logger).catch((error) =>
    logger.warn({ err: error }, 'looking at the channels of the schedules'),
  );
  return ok({ room, answered: counted.count, stop });
};

/** What became of the last hosts is told before the bot goes, if it can be within this long, ms. */
const TELL_MS = 3_000;
const LOOK_MS = 100;

const told = async ({ engines: { ledger } }: EngineRoom): Promise<void> => {
  const until = systemClock.now() + TELL_MS;
  while (systemClock.now() < until) {
    const [stale, due] = await Promise.all([ledger.outbox.stale(), ledger.outbox.due(Number.MAX_SAFE_INTEGER, 1)]);
    if (stale.length === 0 && due.length === 0) return;
    await systemClock.sleep(LOOK_MS);
  }
};

const counting = (engine: Engine, onRefused: BotOptions['onRefused']): { engine: Engine; count: () => number } => {
  let count = 0;
  const after = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    count++;
    return result;
  };
  const judged = async <T>(work: Promise<Result<T>>): Promise<Result<T>> => {
    const result = await work;
    if (!result.ok) onRefused?.(result.fault);
    return result;
  };
  return {
    count: () => count,
    engine: {
      ...engine,
      request: (...args) => after(judged(engine.request(...args))),
      press: (...args) => after(judged(engine.press(...args))),
      report: (...args) => after(engine.report(...args)),
    },
  };
};
