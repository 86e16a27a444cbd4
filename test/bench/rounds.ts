import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { socketAddress } from '../../src/adapters/ledger/data-lock.js';
import { deskLine } from '../../src/doors/cli/desk-client.js';
import type { RunDocument } from '../../src/engine/document.js';
import { Bot } from '../rig/bot/bot.js';
import { type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';
import type { BenchFleet } from './fleet.js';

const ANA = 'U1ANA';
const OPS = 'C0OPS';
const PROGRAM = fileURLToPath(new URL('../../bin/runbolt.js', import.meta.url));
const BARE = fileURLToPath(new URL('bare.mjs', import.meta.url));

/** Milliseconds over new connections, and over those that are still open. */
export interface Pair {
  readonly cold: number;
  readonly warm: number;
}

export interface SlackPair extends Pair {
  /** From the slash command to the first message in the channel, ms: one each for cold and warm. */
  readonly firstWord: readonly number[];
}

/** The bare loop, in a fresh process; its start is not counted. */
export const bareRound = async ({ bareInput }: BenchFleet): Promise<Pair> => {
  const child = spawn(process.execPath, [BARE], { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stdin.end(bareInput);
  await once(child, 'close');
  return z.object({ cold: z.number(), warm: z.number() }).parse(JSON.parse(out));
};

/** A bot with an empty pool for each round, against the strict double of Slack. */
export class Bench {
  private bot: Bot | undefined;

  private constructor(
    private readonly fleet: BenchFleet,
    private readonly slack: SlackDouble,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(fleet: BenchFleet, directory: string): Promise<Bench> {
    const slack = await startSlackDouble();
    slack.person({ id: ANA, name: 'ana' });
    slack.channel(OPS, [ANA]);
    return new Bench(fleet, slack, {
      RUNBOLT_DATA: join(directory, 'data'),
      RUNBOLT_LOG: 'silent',
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
    });
  }

  async stop(): Promise<void> {
    await this.bot?.end('SIGKILL');
    await this.slack.close();
  }

  /** From the slash command to the run's end as the ledger has it. */
  async slackRound(): Promise<SlackPair> {
    return this.withBot(async () => {
      const cold = await this.ask();
      const warm = await this.ask();
      return { cold: cold.ms, warm: warm.ms, firstWord: [cold.firstWord, warm.firstWord] };
    });
  }

  /** Through the bot's socket, from the start of the CLI's process to its printed result. */
  async cliRound(): Promise<Pair> {
    return this.withBot(async () => ({ cold: await this.verify(), warm: await this.verify() }));
  }

  private async withBot<T>(work: () => Promise<T>): Promise<T> {
    const bot = await Bot.start(['start', '--config', this.fleet.config], { env: this.env });
    this.bot = bot;
    try {
      return await work();
    } finally {
      await bot.end('SIGTERM');
    }
  }

  private async ask(): Promise<{ ms: number; firstWord: number }> {
    const { calls } = this.slack.api;
    const [known, said] = [calls.length, this.slack.messages(OPS).length];
    const [at, begun] = [Date.now(), performance.now()];
    this.slack.say(ANA, OPS, '/tcp verify *');
    const shown = () => this.slack.messages(OPS)[said];
    await until(
      'the thread shows the result',
      () => JSON.stringify(shown()?.blocks ?? '').includes('Run again'),
      60_000,
    );
    const posted = calls.slice(known).find((call) => call.method === 'chat.postMessage');
    const mark = z.object({ event_payload: z.object({ run: z.string() }) }).parse(shown()?.metadata);
    const document = await this.document(mark.event_payload.run);
    const ended = Date.parse(whole(document, this.fleet.size).run.ended_at ?? '');
    return { ms: ended - at, firstWord: (posted?.at ?? Number.NaN) - begun };
  }

  private async document(run: string): Promise<RunDocument> {
    const line = await deskLine(socketAddress(this.env.RUNBOLT_DATA ?? '').path);
    const document = await line?.document(run);
    await line?.close();
    if (!document) throw new Error(`the run ${run} cannot be read`);
    return document;
  }

  private async verify(): Promise<number> {
    const begun = performance.now();
    const { PATH = '', HOME = '/root' } = process.env;
    const child = spawn(process.execPath, [PROGRAM, 'verify', 'tcp', '*', '--config', this.fleet.config], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH, HOME, ...this.env },
    });
    let printed = Number.NaN;
    let out = '';
    child.stdout.on('data', (chunk) => {
      if (out === '') printed = performance.now();
      out += String(chunk);
    });
    await once(child, 'close');
    const all = `${this.fleet.size} of ${this.fleet.size} hosts reached`;
    if (!out.includes(all)) throw new Error(`the CLI did not reach all targets: ${out}`);
    return printed - begun;
  }
}

const whole = (document: RunDocument, size: number): RunDocument => {
  const judged = document.targets.filter((t) => t.outcome === 'ok' || t.outcome === 'failed').length;
  if (judged !== size) throw new Error(`${judged} of ${size} targets were judged`);
  return document;
};
