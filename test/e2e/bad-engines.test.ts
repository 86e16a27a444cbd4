import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readiness } from '../../src/doors/web/index.js';
import { ask } from '../contract/ledger-places.js';
import { runbolt, type Started, startProgram } from '../rig/bot/bot.js';
import {
  freePort,
  noPostgres,
  noRedis,
  ON_DISK,
  type RealPostgres,
  type RealRedis,
  startPostgres,
  startRedis,
} from '../rig/servers/index.js';
import { type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const missing = noPostgres ?? noRedis;

/** What a process says: the messages of its log's lines, and other lines as they are. */
const said = (program: Started): string =>
  program
    .err()
    .split('\n')
    .map((line) => (line.startsWith('{') ? logLine.parse(JSON.parse(line)).msg : line))
    .join('\n');
const logLine = z.looseObject({ msg: z.string() });

describe.skipIf(missing)(
  `servers that are away or wrong at the start${missing ? ` (skipped: ${missing})` : ''}`,
  { timeout: 180_000 },
  () => {
    let dir: string;
    let config: string;
    let slack: SlackDouble;
    let postgres: RealPostgres;
    let redis: RealRedis;
    let runs = 0;

    const env = (more: Readonly<Record<string, string>>) => ({
      TMPDIR: dir,
      RUNBOLT_DATA: join(dir, `data-${runs++}`),
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      RUNBOLT_LOG: 'warn',
      ...more,
    });
    /** A process that is to wait: it must not have ended, and says of itself that it lives, is not ready, and why. */
    const waiting = async (args: readonly string[], more: Readonly<Record<string, string>>) => {
      const port = await freePort();
      const variables = env({ RUNBOLT_HTTP: String(port), ...more });
      const program = startProgram([...args, '--config', config], { env: variables });
      let ended = false;
      void program.ended.then(() => {
        ended = true;
      });
      const base = `http://127.0.0.1:${port}`;
      const read = async () => readiness.parse(await (await fetch(`${base}/readyz`)).json());
      const state = async () => {
        if (ended) throw new Error(`it ended: ${program.err()}`);
        return read().catch(() => undefined);
      };
      return { program, base, state, variables };
    };
    const notReady = async (
      { state, base, program }: Awaited<ReturnType<typeof waiting>>,
      part: string,
      reason: RegExp,
    ): Promise<void> => {
      await until(`${part} is not ready`, async () => (await state())?.parts[part]?.ready === false, 60_000);
      expect((await state())?.parts[part]?.reason).toMatch(reason);
      expect((await fetch(`${base}/readyz`)).status).toBe(503);
      expect((await fetch(`${base}/healthz`)).status).toBe(200);
      await until('it is said', () => reason.test(said(program)), 10_000);
    };
    const becomesReady = ({ state }: Awaited<ReturnType<typeof waiting>>): Promise<void> =>
      until('it is ready', async () => (await state())?.ready === true, 60_000);
    const stop = async (program: Started): Promise<void> => {
      program.signal('SIGTERM');
      const { code, err } = await program.ended;
      expect([code, err]).toEqual([0, expect.not.stringMatching(/a mistake in Runbolt|\n\s+at /i)]);
    };
    /** A ledger that a Runbolt of the future has written. */
    const newerLedger = async (): Promise<string> => {
      const DATABASE_URL = await postgres.database();
      const first = await waiting(['worker'], { DATABASE_URL });
      await becomesReady(first);
      await stop(first.program);
      await ask(DATABASE_URL, "INSERT INTO runbolt.migrations (version, name) VALUES (999, 'of the future')");
      return DATABASE_URL;
    };
    const start = (more: Readonly<Record<string, string>>, args: readonly string[] = ['start']) =>
      runbolt([...args, '--config', config], { env: env(more) });

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'runbolt-engines-'));
      config = join(dir, 'runbolt.yaml');
      writeFileSync(config, 'targets: { web-1: { transport: local } }');
      [slack, postgres, redis] = await Promise.all([
        startSlackDouble(),
        startPostgres(),
        startRedis('hunter2', ON_DISK),
      ]);
    }, 60_000);
    afterAll(async () => {
      await Promise.all([slack.close(), postgres.stop(), redis.stop()]);
      rmSync(dir, { recursive: true, force: true });
    });

    it('that are away are waited for: bot and worker say so once, are not ready, and begin by themselves', async () => {
      const engines = { DATABASE_URL: await postgres.database(), REDIS_URL: redis.url };
      await redis.goAway();
      const bot = await waiting(['start'], engines);
      await notReady(bot, 'queue', /^Redis at 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\. Start it/m);
      await redis.comeBack();
      await becomesReady(bot);
      await stop(bot.program);
      await postgres.goAway();
      const worker = await waiting(['worker'], engines);
      await notReady(
        worker,
        'ledger',
        /^PostgreSQL at 127\.0\.0\.1:\d+\/test\d+ cannot be reached \(ECONNREFUSED\)\. Start/m,
      );
      await postgres.comeBack();
      await becomesReady(worker);
      await stop(worker.program);
      for (const { program } of [bot, worker]) {
        expect(said(program).match(/^\w+ at \S+ cannot be reached/gm)).toHaveLength(1);
        expect(program.err()).not.toContain('hunter2');
      }
    });

    it('a Redis that comes back unfit is not ready until it is mended, and each sentence is said once', async () => {
      const worker = await waiting(['worker'], { DATABASE_URL: await postgres.database(), REDIS_URL: redis.url });
      await becomesReady(worker);
      await redis.goAway();
      await redis.comeBack(['--maxmemory-policy', 'allkeys-lru', '--appendonly', 'no']);
      const evicts =
        /^Redis at 127\.0\.0\.1:\d+ has maxmemory-policy allkeys-lru, so it may evict jobs\. In redis\.conf: /gm;
      const forgets = /^Redis at 127\.0\.0\.1:\d+ writes nothing to disk: .* In redis\.conf: appendonly yes\.$/gm;
      await until('it is said', () => said(worker.program).match(evicts) !== null, 20_000);
      const reason = async () => (await worker.state())?.parts.queue?.reason?.match(evicts);
      await until('it is the reason', async () => ((await reason()) ?? undefined) !== undefined, 20_000);
      const admin = new Redis(redis.url);
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
      await admin.quit();
      await becomesReady(worker);
      await redis.goAway();
      await redis.comeBack();
      await until('it is ready again', async () => (await worker.state())?.ready === true, 60_000);
      await stop(worker.program);
      expect(said(worker.program).match(evicts)).toHaveLength(1);
      expect(said(worker.program).match(forgets)).toHaveLength(1);
      expect(worker.program.err()).not.toMatch(/IMPORTANT!|hunter2/);
    });

    it('a Slack that is away is waited for, while commands are answered', async () => {
      const SLACK_API_URL = `http://127.0.0.1:${await freePort()}/api/`;
      const bot = await waiting(['start'], { SLACK_API_URL, DATABASE_URL: await postgres.database() });
      await notReady(bot, 'slack', /^Slack could not be reached: /m);
      const listed = await runbolt(['list', '--config', config], { env: bot.variables });
      expect(listed).toMatchObject({ code: 0, out: expect.stringContaining('tcp') });
      await stop(bot.program);
    });

    it('a name that has no address is waited for too, and named', async () => {
      const bot = await waiting(['start'], {
        REDIS_URL: 'redis://redsi.invalid:6379',
        DATABASE_URL: await postgres.database(),
      });
      await notReady(bot, 'queue', /^Redis at redsi\.invalid:6379 cannot be reached/m);
      await stop(bot.program);
    });

    it('what only a person can mend ends the start with a sentence, and the code of a mistake', async () => {
      const good = await postgres.database();
      const newer = await newerLedger();
      const at = `127.0.0.1:${postgres.port}`;
      const other = await postgres.database();
      await ask(other, 'CREATE ROLE guest LOGIN');
      const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
        [
          { DATABASE_URL: newer },
          /^The ledger has version 999, this Runbolt knows versions up to \d+\.\nStart the newer/,
        ],
        [{ DATABASE_URL: `postgres://nobody:hunter2@${at}/test1` }, /refused the login\.\nCorrect user and password/],
        [
          { DATABASE_URL: other.replace('runbolt@', 'guest@') },
          /does not let its user make or use the schema runbolt\.\nLet it: GRANT CREATE/,
        ],
        [{ DATABASE_URL: `postgres://runbolt@${at}/nowhere` }, /has no database at \S+nowhere\.\nCreate it/],
        [{ DATABASE_URL: 'postgers://ops:hunter2@db/runbolt' }, /^DATABASE_URL is not a PostgreSQL URL\.\nWrite it as/],
        [{ REDIS_URL: redis.url.replace('hunter2', 'hunter22') }, /refused the login\.\n/],
        [{ REDIS_URL: '127.0.0.1:6379' }, /^REDIS_URL is not a Redis URL\.\nWrite it as/],
        [{ SLACK_BOT_TOKEN: 'xoxb-hunter2' }, /^Slack refused the bot token \(invalid_auth\)\.\nCopy the token/],
        [{ RUNBOLT_HTTP: 'localhost' }, /RUNBOLT_HTTP: must be HOST:PORT/],
        [
          { RUNBOLT_HTTP: String(postgres.port) },
          /cannot be served on 127\.0\.0\.1:\d+: another process listens there/,
        ],
      ];
      const ends = await Promise.all(cases.map(([more]) => start({ DATABASE_URL: good, ...more })));
      for (const [n, { code, err }] of ends.entries()) {
        expect([code, err]).toEqual([2, expect.stringMatching(cases[n]?.[1] ?? /no case/)]);
        expect(err).not.toMatch(/hunter2|\n\s+at |A mistake in Runbolt/);
      }
    });

    it.each([
      [
        'a token that Slack refuses',
        ['start'],
        async () => ({ DATABASE_URL: await postgres.database(), SLACK_BOT_TOKEN: 'xoxb-hunter2' }),
        /^Slack refused the bot token \(invalid_auth\)\.\sCopy the token/m,
      ],
      [
        'a ledger of a newer version',
        ['worker'],
        async () => ({ DATABASE_URL: await newerLedger() }),
        /^The ledger has version 999, this Runbolt knows versions up to \d+\.\sStart the newer Runbolt/m,
      ],
    ] as const)(
      '%s is said once where the process is to stay: it lives, says why it does nothing, and ends when told',
      async (_, args, given, reason) => {
        const refused = await waiting(args, { ...(await given()), RUNBOLT_ON_REFUSAL: 'stay' });
        const stays = async () => {
          await refused.state();
          return refused.program.err().includes('(RUNBOLT_ON_REFUSAL=stay)');
        };
        await until('it says that it stays', stays, 60_000);
        await notReady(refused, 'start', reason);
        expect(Object.keys((await refused.state())?.parts ?? {})).toEqual(['start']);
        const { code: health } = await runbolt(['health', '--config', config], { env: refused.variables });
        expect(health).toBe(1);
        const told = Date.now();
        refused.program.signal('SIGTERM');
        const { code, err } = await refused.program.ended;
        expect([code, err]).toEqual([2, expect.not.stringMatching(/hunter2|a mistake in Runbolt|\n\s+at /i)]);
        expect(Date.now() - told).toBeLessThan(20_000);
        for (const once of [reason, /\(RUNBOLT_ON_REFUSAL=stay\)/])
          expect(err.match(new RegExp(once, 'gm'))).toHaveLength(1);
      },
    );

    it('a PostgreSQL that takes no writes is waited for, since a standby becomes a primary', async () => {
      const DATABASE_URL = await postgres.database();
      const first = await waiting(['worker'], { DATABASE_URL });
      await becomesReady(first);
      await stop(first.program);
      const name = new URL(DATABASE_URL).pathname.slice(1);
      await ask(DATABASE_URL, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      const worker = await waiting(['worker'], { DATABASE_URL });
      await notReady(worker, 'ledger', /^PostgreSQL at \S+ takes no writes: it is a standby, or read-only\. Name its/m);
      await ask(
        DATABASE_URL.replace(`/${name}`, '/postgres'),
        `ALTER DATABASE ${name} RESET default_transaction_read_only`,
      );
      await becomesReady(worker);
      await stop(worker.program);
    });

    it('a certificate that is not trusted is named, with how to trust it', async () => {
      const DATABASE_URL = await postgres.database();
      const { cert, key } = postgres.certificate();
      await ask(DATABASE_URL, `ALTER SYSTEM SET ssl_cert_file = '${cert}'`);
      await ask(DATABASE_URL, `ALTER SYSTEM SET ssl_key_file = '${key}'`);
      await ask(DATABASE_URL, 'ALTER SYSTEM SET ssl = on');
      await ask(DATABASE_URL, 'SELECT pg_reload_conf()');
      const over = { DATABASE_URL: `${DATABASE_URL}?sslmode=verify-full` };
      await until('it speaks TLS', async () => !(await start(over, ['runs'])).err.includes('does not support'));
      const { code, err } = await start(over, ['worker']);
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(
          /has a certificate that is not trusted here \(\w+\)\.\nName the file of its CA in NODE_EXTRA/,
        ),
      ]);
      const trusted = { ...over, NODE_EXTRA_CA_CERTS: cert };
      expect((await start(trusted, ['runs'])).code).toBe(0);
    });

    it('a command does not wait: it says what is away', async () => {
      const DATABASE_URL = `postgres://ops:hunter2@127.0.0.1:${await freePort()}/runbolt`;
      const { code, err } = await start({ DATABASE_URL }, ['runs']);
      expect([code, err]).toEqual([
        3,
        expect.stringMatching(/^PostgreSQL at \S+ cannot be reached \(ECONNREFUSED\)\.\nStart it/),
      ]);
    });
  },
);
