import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { failure, ok, type Result } from '../../core/fault.js';
import { type Machine, thisMachine } from '../machine.js';
import { namespaceMode } from '../namespaces/ability.js';
import { type Room, startRoom } from '../namespaces/room.js';
import { type SlackClient, slackClient } from './client.js';
import { slackScript } from './room-script.js';
import { CHANNELS, PEOPLE, workspaceConfig } from './workspace.js';

/** A local workspace with the app in it. It keeps its messages in memory and forgets them at its end. */
export interface LocalSlack extends SlackClient {
  /** The page for a browser. */
  readonly url: string;
  /** For Bolt's `clientOptions.slackApiUrl`. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  /** User IDs by name. */
  readonly people: typeof PEOPLE;
  /** Channel IDs by name. */
  readonly channels: typeof CHANNELS;
  stop(): Promise<void>;
}

export interface LocalSlackOptions {
  /** The app's slash commands, such as `/tcp`. */
  readonly commands: readonly string[];
  /** Port of the page on 127.0.0.1; a free one when absent. */
  readonly port?: number;
  readonly signal: AbortSignal;
  readonly logger: Pick<Logger, 'debug' | 'warn'>;
  readonly machine?: Machine;
  /** Finds the directory of an installed package; Node's own resolution when absent. */
  readonly findPackage?: (name: string) => string | undefined;
}

const VERSION = '0.1.8';
const START_LIMIT_MS = 15_000;

/** Starts the local Slack in about 1 s. Faults: `demo_unavailable`, `port_used`. It dies with this process. */
export const startLocalSlack = async (options: LocalSlackOptions): Promise<Result<LocalSlack>> => {
  const { commands, signal, logger, machine = thisMachine(), findPackage = installedPackage } = options;
  const mode = namespaceMode(machine);
  if (!mode.ok) return mode;
  const name = `local-slack-linux-${machine.architecture}`;
  const directory = findPackage(name);
  if (directory === undefined)
    return failure(
      'demo_unavailable',
      `The demo's workspace needs the package ${name}, which is not installed.`,
      `Run: npm install --no-save ${name}@${VERSION}`,
    );
  const listener = await listen(options.port ?? 0);
  if (!listener.ok) return listener;
  const { server, port } = listener.value;
  const tokens = { bot: token('xoxb'), app: token('xapp-1') };
  const room = await startRoom({
    name: 'The local Slack',
    mode: mode.value,
    machine,
    script: slackScript(mode.value, machine.node, join(directory, 'bin', 'local-slack'), port),
    environment: { WORKSPACE: workspaceConfig(tokens) },
    channel: true,
    signal,
    onComplaint: (line) => logger.debug({ line }, 'local Slack'),
  });
  if (!room.ok) {
    server.close();
    return room;
  }
  await handOver(room.value, server);
  const stop = async (): Promise<void> => {
    await room.value.stop();
  };
  const origin = `http://127.0.0.1:${port}`;
  const client = slackClient(origin, commands, signal);
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  for (;;) {
    const state = await client.history('ops');
    if (state.ok) break;
    if (signal.aborted || limit.aborted) {
      await stop();
      return failure(
        'demo_unavailable',
        `The local Slack did not start within ${START_LIMIT_MS / 1000} s.`,
        'Try again.',
      );
    }
    await sleep(20);
  }
  return ok({
    ...client,
    url: `http://localhost:${port}/`,
    apiUrl: `${origin}/api/`,
    botToken: tokens.bot,
    appToken: tokens.app,
    people: PEOPLE,
    channels: CHANNELS,
    stop,
  });
};

const token = (kind: string): string => `${kind}-demo-${randomBytes(16).toString('hex')}`;

const installedPackage = (name: string): string | undefined => {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
};

const listen = async (wanted: number): Promise<Result<{ server: Server; port: number }>> => {
  const server = createServer({ pauseOnConnect: true });
  try {
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return failure(
      'port_used',
      `Port ${wanted} of 127.0.0.1 cannot be used for the demo's page (${code}).`,
      'End what uses it, or choose another with --port.',
    );
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The demo page has no port.');
  return ok({ server, port: address.port });
};

/** Gives the listening socket to the proxy in the room and lets go of it here. */
const handOver = (room: Room, server: Server): Promise<void> =>
  new Promise((resolve) => {
    room.child.on('error', () => {});
    room.child.send('listen', server, {}, () => {
      server.close();
      room.child.channel?.unref();
      resolve();
    });
  });
