import { App } from '@slack/bolt';
import type { Logger } from 'pino';
import { z } from 'zod';
import { errorRecord } from '../../core/error-record.js';
import { type Fault, fault, ok, type Result } from '../../core/fault.js';
import type { Clock, Ledger } from '../../engine/ports.js';
import { clientOptions, type OnLimited, slackClient, slackLogger } from './client.js';
import { listenToCommands } from './commands.js';
import { Connection } from './connection.js';
import { Deliveries } from './deliveries.js';
import { Lag } from './lag.js';
import type { Self } from './look.js';
import { listenToMentions } from './mentions.js';
import { Names } from './names.js';
import { Lanes } from './pace.js';
import type { DoorParts, SlackEngine } from './parts.js';
import { listenToPresses } from './presses.js';
import { projector } from './projector.js';
import { localTime, utcTime } from './safe-text.js';
import { listenToShortcuts } from './shortcuts.js';
import { failureOf, startFault } from './slack-errors.js';

export interface SlackDoorOptions {
  readonly engine: SlackEngine;
  readonly ledger: Pick<Ledger, 'outbox' | 'subscribe' | 'run'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly botToken: string;
  readonly appToken: string;
  /** Base URL of the Web API, for a workspace that is not Slack's; ends with a slash. Times are then told in UTC. */
  readonly apiUrl?: string;
  /** The slash commands of the runbooks: `/tcp`, ... ; `/runbolt` is always there. */
  readonly commands: readonly string[];
  readonly onLimited?: OnLimited;
}

export interface SlackDoor {
  /** Connects; a token that Slack refuses and a Slack that is not reached are faults. */
  start(): Promise<Result<void>>;
  /** Why Slack's requests cannot come in now; undefined when they can. */
  away(): Fault | undefined;
  /** How long the oldest change has waited that a thread does not show yet, ms; 0 where another process delivers. */
  lagMs(): number;
  /** Takes no further requests; messages are still delivered. */
  deafen(): Promise<void>;
  /** Lets go of the connection and waits at most 3 s for messages on their way; what is not confirmed is in doubt. */
  stop(): Promise<void>;
}

const STOP_MS = 3000;
/** What Slack did not answer at the start is asked once more after this: the network of a new boot, a kept connection. */
const AGAIN_MS = 1000;

const NOT_CONNECTED = fault('slack_unreachable', 'Slack is not connected yet.', 'Wait a moment.');

const identity = z.object({ user_id: z.string(), bot_id: z.string().optional() });

/** Slack as a door: Socket Mode in, threads out. */
export const slackDoor = (options: SlackDoorOptions): SlackDoor => {
  const { botToken, appToken, apiUrl, clock, engine, ledger } = options;
  const logger = options.logger.child({}, { serializers: { err: errorRecord } });
  const ending = new AbortController();
  const lag = new Lag();
  let connection: Connection | undefined;
  let projecting: Promise<void> | undefined;

  const twice = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      if (failureOf(error).kind !== 'unsure') throw error;
      logger.warn({ err: error }, 'Slack did not answer; it is asked once more');
      await clock.sleep(AGAIN_MS, ending.signal);
      return await ask();
    }
  };

  const start = async (): Promise<Result<void>> => {
    const client = slackClient(botToken, apiUrl, logger, options.onLimited);
    let self: Self;
    try {
      const { user_id, bot_id } = identity.parse(await twice(() => client.auth.test()));
      self = { userId: user_id, botId: bot_id };
    } catch (error) {
      return { ok: false, fault: startFault(error, 'bot') };
    }
    const opened = new Connection({ appToken, apiUrl, clock, logger });
    connection = opened;
    const app = new App({
      receiver: connection,
      token: botToken,
      botUserId: self.userId,
      ...(self.botId === undefined ? {} : { botId: self.botId }),
      tokenVerificationEnabled: false,
      convoStore: false,
      logger: slackLogger(logger),
      clientOptions: clientOptions(apiUrl, logger),
    });
    // A request whose handler failed must not be acked: the connection sees the error, and Slack delivers again.
    app.error(async (error) => {
      throw error;
    });
    const commands = [...new Set([...options.commands, '/runbolt'])];
    const names = new Names(client, clock);
    const deliveries = new Deliveries();
    const lanes = new Lanes();
    const { signal } = ending;
    const shared = { client, ledger, logger, self, clock, lanes, signal };
    const parts: DoorParts = { ...shared, app, engine, names, deliveries, commands };
    listenToCommands(parts);
    listenToPresses(parts);
    listenToMentions(parts);
    listenToShortcuts(parts);
    try {
      await twice(() => opened.start());
    } catch (error) {
      return { ok: false, fault: startFault(error, 'app') };
    }
    const time = apiUrl === undefined ? localTime : utcTime;
    const view = (runId: string) => engine.view(runId);
    projecting = projector({ ...shared, ledger, view, time, lag });
    return ok(undefined);
  };

  const deafen = async (): Promise<void> => connection?.stop();

  const stop = async (): Promise<void> => {
    ending.abort();
    await deafen();
    const timer = new AbortController();
    await Promise.race([projecting, clock.sleep(STOP_MS, timer.signal).catch(() => undefined)]);
    timer.abort();
  };

  return {
    start,
    away: () => (connection ? connection.fault : NOT_CONNECTED),
    lagMs: () => lag.ms(clock.now()),
    deafen,
    stop,
  };
};
