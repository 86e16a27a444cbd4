import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedLedger } from '../../src/adapters/ledger/index.js';
import { restoreInto } from '../../src/adapters/ledger/site.js';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import type { Ledger } from '../../src/engine/ports.js';
import { ask, must, newDirectory } from '../contract/ledger-places.js';
import { context, ended, halted, logger, observed, opened } from '../contract/ledger-samples.js';
import { Bot, runbolt } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import { noPostgres, noRedis, type RealPostgres, startPostgres, startRedis } from '../rig/servers/index.js';
import { type Message, messageText, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const [ANA, BO, OPS] = ['U1ANA', 'U2BO', 'C0OPS'];
const noDump = spawnSync('pg_dump', ['--version']).error !== undefined;
const POSTGRES = noPostgres === undefined ? '' : ` (skipped: ${noPostgres})`;

const directory = newDirectory();
let postgres: RealPostgres;
beforeAll(async () => {
  if (noPostgres === undefined) postgres = await startPostgres();
});
afterAll(async () => {
  if (noPostgres === undefined) await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
});

let count = 0;
const fresh = (name: string): string => {
  count += 1;
  return join(directory, `${name}-${count}`);
};
const embedded = async () => ({ RUNBOLT_DATA: fresh('data') });
const onPostgres = async () => ({ RUNBOLT_DATA: fresh('data'), DATABASE_URL: await postgres.database() });
type Place = Readonly<Record<string, string>>;

/** What the ledger of a place holds, table by table; the name of the ledger apart. */
const contents = async (place: Place): Promise<Record<string, unknown>> => {
  const tables = ['runs', 'events', 'outcomes', 'claims', 'threads', 'messages', 'identity'];
  const query = (table: string) => `SELECT to_jsonb(t) AS row FROM runbolt.${table} t ORDER BY to_jsonb(t)::text`;
  const url = place.DATABASE_URL;
  if (url !== undefined) {
    const rows = await Promise.all(tables.map(async (table) => [table, await ask(url, query(table))] as const));
    return Object.fromEntries(rows);
  }
  const { ledger, pool } = must(await openEmbeddedLedger(place.RUNBOLT_DATA ?? '', context));
  const held: Record<string, unknown> = {};
  for (const table of tables) held[table] = (await pool.query(query(table))).rows;
  await ledger.close();
  return held;
};

/** A ledger with a run that has ended, one that holds a target, and messages in every state. */
const fill = async (ledger: Ledger): Promise<void> => {
  const { runId: old } = await ledger.open('old', opened());
  await ledger.transact(old, () => ({ events: [observed(2), ended()], result: 0 }));
  await ledger.outbox.put(old, 3, { channel: 'C1' }, [{ key: 'summary', order: 0, body: { text: 'ü – 🦊' } }]);
  await ledger.outbox.delivered(old, 'summary', 1, '1.1');
  const { runId: going } = await ledger.open('going', opened());
  await ledger.transact(going, () => ({ events: [halted('x')], claim: ['web-1', 'web-2'], result: 0 }));
  await ledger.outbox.put(going, 2, { channel: 'C1' }, [
    { key: 'summary', order: 0, body: { text: 'a' } },
    { key: 'plan', order: 1, body: { text: 'b' } },
  ]);
  await ledger.outbox.delivered(going, 'summary', 1, '2.1');
  for (let n = 0; n < 120; n += 1) await ledger.open(`cli-${n}`, opened(2, 'cli'));
};

const filled = async (place: Place): Promise<void> => {
  const { openPostgresLedger } = await import('../../src/adapters/ledger/index.js');
  const url = place.DATABASE_URL;
  const { ledger } =
    url === undefined
      ? must(await openEmbeddedLedger(place.RUNBOLT_DATA ?? '', context))
      : must(await openPostgresLedger(url, context));
  await fill(ledger);
  await ledger.close();
};

const ways: readonly (readonly [string, () => Promise<Place>, () => Promise<Place>, string | undefined])[] = [
  ['PGlite to PGlite', embedded, embedded, undefined],
  ['PGlite to PostgreSQL', embedded, onPostgres, noPostgres],
  ['PostgreSQL to PostgreSQL', onPostgres, onPostgres, noPostgres],
  ['PostgreSQL to PGlite', onPostgres, embedded, noPostgres],
];

describe('a backup', () => {
  it.each(ways)(
    '%s: every row comes back, and the copy knows that it is one',
    { timeout: 300_000 },
    async (_, from, to, missing) => {
      if (missing !== undefined) return;
      const [source, copy, file] = [await from(), await to(), fresh('backup')];
      await filled(source);
      const taken = await runbolt(['backup', file], { env: source });
      expect(taken).toMatchObject({ code: 0, out: expect.stringMatching(/^122 runs in .*backup-\d+, \d+ KB\./) });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const restored = await runbolt(['restore', file], { env: copy });
      expect(restored).toMatchObject({ code: 0, out: expect.stringContaining('122 runs restored.') });
      const [before, after] = [await contents(source), await contents(copy)];
      expect(after.identity).not.toEqual(before.identity);
      const text = (value: unknown) => JSON.stringify(value);
      for (const table of ['events', 'outcomes', 'claims', 'threads'])
        expect(text(after[table])).toBe(text(before[table]));
      expect(text(after.runs).replaceAll('"restored":true', '"restored":false')).toBe(text(before.runs));
      expect(text(after.runs).match(/"restored":true/g)).toHaveLength(121);
      expect(text(after.messages).replaceAll('"in_doubt":true', '"in_doubt":false')).toBe(text(before.messages));
      expect(text(after.messages).match(/"in_doubt":true/g)).toHaveLength(1);
    },
  );

  it.skipIf(noPostgres)(
    `is taken with a ledger that grows, of one moment${POSTGRES}`,
    { timeout: 300_000 },
    async () => {
      const { openPostgresLedger } = await import('../../src/adapters/ledger/index.js');
      const [source, copy, file] = [await onPostgres(), await embedded(), fresh('backup')];
      const { ledger } = must(await openPostgresLedger(source.DATABASE_URL, context));
      const over = new AbortController();
      const growing = (async () => {
        for (let n = 0; !over.signal.aborted; n += 1) {
          const { runId } = await ledger.open(`k${n}`, opened());
          await ledger.transact(runId, () => ({ events: [observed(2), ended()], claim: ['web-1'], result: 0 }));
        }
      })();
      expect(await runbolt(['backup', file], { env: source })).toMatchObject({ code: 0 });
      over.abort();
      await growing;
      await ledger.close();
      expect(await runbolt(['restore', file], { env: copy })).toMatchObject({ code: 0 });
    },
  );

  it('goes to standard output too', async () => {
    const [source, copy, file] = [await embedded(), await embedded(), fresh('backup')];
    await filled(source);
    const { execFileSync } = await import('node:child_process');
    const program = join(import.meta.dirname, '../../bin/runbolt.js');
    const env = { ...process.env, ...source };
    execFileSync('sh', ['-c', `"$0" "$1" backup - > "$2"`, process.execPath, program, file], { env });
    expect(await runbolt(['restore', file], { env: copy })).toMatchObject({ code: 0 });
  });

  it('leaves nothing behind where it could not be made', async () => {
    const file = fresh('backup');
    expect(await runbolt(['backup', file], { env: await embedded() })).toMatchObject({
      code: 3,
      err: expect.stringContaining('There is no ledger in'),
    });
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, 'mine');
    expect(await runbolt(['backup', file], { env: await embedded() })).toMatchObject({
      code: 3,
      err: expect.stringContaining('is there already'),
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('knows of every table of the ledger whether it is kept', async () => {
    const { ledger, pool } = must(await openEmbeddedLedger(fresh('data'), context));
    const { rows } = await pool.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'runbolt'`,
    );
    await ledger.close();
    const { KEPT } = await import('../../src/adapters/ledger/backup.js');
    const notKept = ['identity', 'migrations', 'workers'];
    const known = [...KEPT.map(({ table }) => table as string), ...notKept];
    expect(rows.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('a restore', () => {
  const backedUp = async (): Promise<{ source: Place; file: string }> => {
    const [source, file] = [await embedded(), fresh('backup')];
    await filled(source);
    expect(await runbolt(['backup', file], { env: source })).toMatchObject({ code: 0 });
    return { source, file };
  };

  it('refuses a ledger that has runs, and a file that is damaged or of a newer version', async () => {
    const { source, file } = await backedUp();
    expect(await runbolt(['restore', file], { env: source })).toMatchObject({
      code: 2,
      err: expect.stringContaining('The ledger has 122 runs already; only an empty one can be restored.'),
    });
    const bytes = readFileSync(file);
    const lines = gunzipSync(bytes).toString().trimEnd().split('\n');
    const spoilt: readonly (readonly [Buffer, string])[] = [
      [bytes.subarray(0, bytes.length - 100), 'is cut off'],
      [gzipSync(lines.slice(0, -1).join('\n')), 'is cut off'],
      [gzipSync([...lines.slice(0, 2), ...lines.slice(3)].join('\n')), 'has lost rows of'],
      [Buffer.from('PGDMP'), 'is no backup of a ledger'],
      [gzipSync('{"a":1}'), 'is no backup of a ledger'],
      [gzipSync(''), 'is empty'],
      [gzipSync([lines[0]?.replace(/"version":\d+/, '"version":99'), ...lines.slice(1)].join('\n')), 'has version 99'],
    ];
    const copy = await embedded();
    for (const [content, said] of spoilt) {
      const bad = fresh('bad');
      writeFileSync(bad, content);
      const refused = await restoreInto({ dataDir: copy.RUNBOLT_DATA, logger }, bad);
      expect(refused, said).toMatchObject({ ok: false, fault: { message: expect.stringContaining(said) } });
    }
    expect(existsSync(copy.RUNBOLT_DATA)).toBe(false);
    expect(await runbolt(['restore', join(directory, 'nowhere')], { env: copy })).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not there'),
    });
    expect(await runbolt(['restore', file], { env: copy })).toMatchObject({ code: 0 });
  }, 120_000);

  it.skipIf(noPostgres ?? noDump)(
    `by pg_dump comes back by pg_restore, and is told that it is a copy as the documentation says${POSTGRES}${noDump ? ' (skipped: pg_dump is not installed)' : ''}`,
    { timeout: 300_000 },
    async () => {
      const [source, copy, file] = [await onPostgres(), await onPostgres(), fresh('dump')];
      await filled(source);
      const tool = (...[name = '', ...args]: readonly string[]) => execFileSync(name, args, { encoding: 'utf8' });
      tool('pg_dump', '--schema=runbolt', '--format=custom', `--file=${file}`, source.DATABASE_URL);
      tool('pg_restore', '--exit-on-error', `--dbname=${copy.DATABASE_URL}`, file);
      tool('psql', copy.DATABASE_URL, '-c', 'SELECT runbolt.restored()');
      const [before, after] = [await contents(source), await contents(copy)];
      expect(after.identity).not.toEqual(before.identity);
      for (const table of ['events', 'outcomes', 'claims', 'threads']) expect(after[table]).toEqual(before[table]);
      expect(JSON.stringify(after.messages).match(/"in_doubt":true/g)).toHaveLength(1);
      const listed = await runbolt(['restore', fresh('none')], { env: copy });
      expect(listed.code).toBe(2);
      const again = await runbolt(['backup', fresh('backup')], { env: copy });
      expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/^122 runs in /) });
    },
  );

  it.skipIf(noPostgres)(`refuses a database that Runbolt works on${POSTGRES}`, { timeout: 300_000 }, async () => {
    const { openPostgresLedger } = await import('../../src/adapters/ledger/index.js');
    const { file } = await backedUp();
    const copy = await onPostgres();
    const { ledger } = must(await openPostgresLedger(copy.DATABASE_URL, context));
    const refused = await runbolt(['restore', file], { env: copy });
    await ledger.close();
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('Stop the bot and all workers') });
  });
});

const marked = (m: Message): { run: string; key: string } | undefined => {
  const { event_payload: payload } = Object(m.metadata);
  return payload === undefined ? undefined : { run: String(payload.run), key: String(payload.key) };
};

const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
describe.skipIf(!able.ok)(`a ledger that is lost while people wait${why}`, () => {
  let hosts: SmallFleet;
  let slack: SlackDouble;
  let bot: Bot | undefined;
  beforeAll(async () => {
    const policies = [{ where: 'env=prod', approvals: 1, approvers: [BO] }];
    [hosts, slack] = await Promise.all([startSmallFleet(['b-1', 'b-2'], { policies }), startSlackDouble()]);
    slack.person({ id: ANA, name: 'ana' });
    slack.person({ id: BO, name: 'bo' });
    slack.channel(OPS, [ANA, BO]);
  });
  afterEach(async () => {
    await bot?.end('SIGKILL');
  });
  afterAll(async () => {
    await slack.close();
    await hosts.stop();
    rmSync(hosts.directory, { recursive: true, force: true });
  });

  const startBot = async (env: Place): Promise<void> => {
    bot = await Bot.start(['start', '--config', hosts.config], { env });
  };
  const environment = (place: Place): Record<string, string> => ({
    ...place,
    RUNBOLT_LOG: 'error',
    SLACK_API_URL: slack.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
  });
  const shown = (since: number) => slack.messages(OPS).slice(since);
  const keys = (since: number) => shown(since).flatMap((m) => marked(m)?.key ?? []);
  const withButton = (since: number, text: string) => shown(since).find((m) => messageText(m).includes(`[${text}]`));

  it('comes back from a backup of before the approval: approved again, nothing is done or posted twice', {
    timeout: 300_000,
  }, async () => {
    const [lost, copy, file] = [await embedded(), await embedded(), fresh('backup')];
    await startBot(environment(lost));
    const since = slack.messages(OPS).length;
    await slack.say(ANA, OPS, '/tcp fix b-*').acked;
    await until('the plan is shown', () => withButton(since, 'Approve') !== undefined, 30_000);
    const plan = structuredClone(withButton(since, 'Approve'));
    if (!plan) throw new Error('no plan');
    expect(await runbolt(['backup', file], { env: lost })).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 run in'),
    });

    await slack.click(BO, plan, 'Approve').acked;
    await until('it is applied', () => shown(since).some((m) => /^2 changed/.test(messageText(m))), 30_000);
    const [run] = shown(since).flatMap((m) => marked(m)?.run ?? []);
    const told = shown(since).map((m) => messageText(m));
    await bot?.end('SIGKILL');
    rmSync(lost.RUNBOLT_DATA ?? '', { recursive: true });

    const calls = slack.calls.length;
    expect(await runbolt(['restore', file], { env: copy })).toMatchObject({ code: 0 });
    await startBot(environment(copy));
    await slack.click(BO, plan, 'Approve').acked;
    const document = async () =>
      JSON.parse((await runbolt(['show', run ?? '', '--json', '--config', hosts.config], { env: copy })).out);
    await until('it has ended again', async () => (await document()).run.phase === 'ended', 60_000);
    const { targets } = await document();
    expect(targets).toMatchObject([
      { name: 'b-1', outcome: 'changed' },
      { name: 'b-2', outcome: 'changed' },
    ]);
    const looks = () => slack.calls.slice(calls).filter((m) => m === 'conversations.replies').length;
    await until('rollout and result were looked for', () => looks() >= 2, 20_000);
    await bot?.end('SIGTERM');
    const { messages } = await contents(copy);
    expect(JSON.stringify(messages)).not.toMatch(/"ts":null|"in_doubt":true/);
    expect(keys(since)).toEqual(['summary', 'plan', 'rollout', 'result']);
    expect(shown(since)).toHaveLength(told.length);
    for (const name of hosts.names)
      expect((await hosts.on(name, 'ls /var/lib/runbolt/attempts')).trim().split('\n')).toEqual([`${run}-${name}`]);
    // A machine that runs other tests at once answers late; that breaks nothing here.
    expect(slack.violations).toEqual([]);
  });

  const missing = noPostgres ?? noRedis;
  it.skipIf(missing)(
    `goes on when Redis has lost everything${missing ? ` (skipped: ${missing})` : ''}`,
    {
      timeout: 120_000,
    },
    async () => {
      await hosts.reset();
      const place = await onPostgres();
      const first = await startRedis();
      await startBot(environment({ ...place, REDIS_URL: first.url }));
      const since = slack.messages(OPS).length;
      const asked = slack.say(ANA, OPS, '/tcp verify b-*');
      await asked.acked;
      await bot?.end('SIGKILL');
      await first.stop();
      const second = await startRedis();
      try {
        await startBot(environment({ ...place, REDIS_URL: second.url }));
        await until(
          'it is told',
          () => shown(since).some((m) => messageText(m).includes('2 of 2 hosts reached')),
          90_000,
        );
        expect(keys(since)).toEqual(['summary']);
      } finally {
        await bot?.end('SIGTERM');
        await second.stop();
      }
    },
  );
});

describe.skipIf(noPostgres)(`an older program on a newer ledger${POSTGRES}`, () => {
  it('refuses with a sentence and exit code 2, which is no reason to start it again', {
    timeout: 300_000,
  }, async () => {
    const place = await onPostgres();
    await filled(place);
    await ask(place.DATABASE_URL, `INSERT INTO runbolt.migrations (version, name) VALUES (99, 'future')`);
    const config = fresh('runbolt.yaml');
    writeFileSync(config, 'targets: {}\n');
    chmodSync(config, 0o600);
    const env = { ...place, SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', RUNBOLT_LOG: 'error' };
    for (const words of [
      ['start', '--config', config],
      ['backup', fresh('backup')],
    ])
      expect(await runbolt(words, { env })).toMatchObject({
        code: 2,
        err: expect.stringMatching(
          /The ledger has version 99, this Runbolt knows versions up to \d+\.\sStart the newer/,
        ),
      });
  });
});
