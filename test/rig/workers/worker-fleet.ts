import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type RunDocument, runDocument } from '../../../src/engine/document.js';
import { ask } from '../../contract/ledger-places.js';
import { Bot, runbolt, type Started, startProgram } from '../bot/bot.js';
import { type SlackDouble, startSlackDouble } from '../slack/index.js';

/** A runbook that keeps a host busy for so long, seconds. */
const pace = (seconds: number): string =>
  stringify({
    command: 'pace',
    title: 'Takes its time',
    facts: { it: { script: { run: `sleep ${seconds}; echo done=1`, fields: { done: 'integer' } } } },
    checks: { done: { expect: 'it.done == 1', otherwise: 'it is not done', rule: 'It gets done.' } },
    knowledge: 'For tests.',
  });

const started = z.looseObject({
  at: z.number(),
  stage: z.string(),
  shard: z.number(),
  delivery: z.number(),
  worker: z.string(),
  targets: z.array(z.string()),
});
const observed = z.looseObject({ at: z.number(), observations: z.array(z.looseObject({ target: z.string() })) });

/** A shard that a process took, by the ledger. */
export interface Taken {
  readonly at: number;
  readonly stage: string;
  readonly shard: number;
  readonly delivery: number;
  readonly pid: number;
  readonly targets: readonly string[];
}

/** A bot, workers, and a configuration for both, on servers that are given. */
export class WorkerFleet {
  private readonly running = new Set<Bot>();

  private constructor(
    readonly directory: string,
    readonly config: string,
    readonly env: Readonly<Record<string, string>>,
    private readonly slack: SlackDouble,
    private readonly servers: Readonly<Record<string, string>>,
  ) {}

  /** `configuration` is the text of runbolt.yaml as an object; `seconds` what the runbook `pace` takes on a host. */
  static async start(
    servers: Readonly<Record<string, string>>,
    configuration: Readonly<Record<string, unknown>>,
    seconds = 0.3,
  ): Promise<WorkerFleet> {
    const directory = mkdtempSync(join(tmpdir(), 'runbolt-workers-'));
    const config = join(directory, 'runbolt.yaml');
    mkdirSync(join(directory, 'runbooks'));
    writeFileSync(join(directory, 'runbooks', 'pace.yaml'), pace(seconds));
    writeFileSync(config, stringify({ runbooks: 'runbooks', ...configuration }));
    const slack = await startSlackDouble();
    const env = {
      ...servers,
      RUNBOLT_DATA: join(directory, 'data'),
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
    };
    return new WorkerFleet(directory, config, env, slack, servers);
  }

  async bot(...options: readonly string[]): Promise<Bot> {
    return this.keep(await Bot.start(['start', '--config', this.config, ...options], { env: this.env }));
  }

  /** A worker has no token, and no data directory of its own. */
  async worker(...options: readonly string[]): Promise<Bot> {
    return this.keep(await Bot.start(['worker', '--config', this.config, ...options], { env: this.servers }));
  }

  /** A request through the bot's socket. */
  ask(...words: readonly string[]): Started {
    return startProgram([...words, '--json', '--config', this.config], { env: this.env });
  }

  async document(run: string): Promise<RunDocument> {
    const shown = await runbolt(['show', run, '--json', '--config', this.config], { env: this.env });
    return runDocument.parse(JSON.parse(shown.out));
  }

  async newestRun(): Promise<string | undefined> {
    const [row] = await this.sql('SELECT id FROM runbolt.runs ORDER BY opened_at DESC, id DESC LIMIT 1');
    return typeof row?.id === 'string' ? row.id : undefined;
  }

  /** What was taken of a run, in order, by whom. */
  async taken(run: string): Promise<readonly Taken[]> {
    const rows = await this.events(run, 'started');
    return rows.map((row) => {
      const { worker, ...event } = started.parse(row);
      return { ...event, pid: Number(worker.split(' ')[1]) };
    });
  }

  /** When each host's observation was written first, ms since the epoch: a shard that is delivered again may be read again. */
  async observedAt(run: string): Promise<ReadonlyMap<string, number>> {
    const times = new Map<string, number>();
    for (const row of await this.events(run, 'observed')) {
      const { at, observations } = observed.parse(row);
      for (const { target } of observations) if (!times.has(target)) times.set(target, at);
    }
    return times;
  }

  sql(text: string): Promise<readonly Record<string, unknown>[]> {
    return ask(this.env.DATABASE_URL ?? '', text);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running].map((program) => program.end('SIGKILL')));
    await this.slack.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private keep(program: Bot): Bot {
    this.running.add(program);
    return program;
  }

  private async events(run: string, kind: string): Promise<readonly unknown[]> {
    const rows = await this.sql(
      `SELECT body FROM runbolt.events WHERE run_id = '${run}' AND kind = '${kind}' ORDER BY version`,
    );
    return rows.map((row) => row.body);
  }
}

/** Hosts of this machine by name, worked on by the transport `local`. */
export const localTargets = (
  names: readonly string[],
  labels: Readonly<Record<string, string>> = {},
): Readonly<Record<string, unknown>> => Object.fromEntries(names.map((name) => [name, { transport: 'local', labels }]));

export const namesOf = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);
