import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngines } from '../../src/adapters/engines.js';
import { openPostgresLedger } from '../../src/adapters/ledger/index.js';
import { faultIn } from '../../src/core/fault.js';
import type { Ledger } from '../../src/engine/ports.js';
import {
  type Compiled,
  compile,
  freePort,
  noPostgres,
  type RealPostgres,
  startChild,
  startPostgres,
} from '../rig/servers/index.js';
import { led } from './ledger-outbox.js';
import { ask, must } from './ledger-places.js';
import { context, halted, opened } from './ledger-samples.js';

const title = noPostgres === undefined ? '' : ` (skipped: ${noPostgres})`;
describe.skipIf(noPostgres !== undefined)(`a ledger on PostgreSQL, shared by processes${title}`, () => {
  let server: RealPostgres;
  let sources: Compiled | undefined;
  beforeAll(async () => {
    sources = await compile('adapters/engines.ts');
    server = await startPostgres();
  });
  afterAll(async () => {
    sources?.remove();
    await server?.stop();
  });
  const child = (role: string, databaseUrl: string, courier = 'memory') =>
    startChild(`${import.meta.dirname}/ledger-child.mjs`, [
      sources?.dir ?? '',
      role,
      JSON.stringify({ dataDir: '/nonexistent', databaseUrl, courier }),
    ]);
  const open = async (url: string) => must(await openPostgresLedger(url, context)).ledger;

  it('and its queue are made once by six processes that start at the same time', async () => {
    const url = await server.database();
    const starters = Array.from({ length: 6 }, () => child('exit', url, 'shared'));
    await Promise.all(starters.map((starter) => starter.line(/^ready$/)));
    const names = (await ask(url, 'SELECT name FROM runbolt.migrations ORDER BY version')).map((row) => row.name);
    expect(names).toEqual(['ledger', 'retention', 'workers']);
    const made = await ask(
      url,
      'SELECT count(*)::int AS rows, count(DISTINCT version)::int AS versions FROM bullmq.migration',
    );
    expect(made[0]?.rows).toBeGreaterThan(0);
    expect(made[0]?.rows).toBe(made[0]?.versions);
    expect(await ask(url, 'SELECT count(*)::int AS names FROM runbolt.identity')).toEqual([{ names: 1 }]);
    await Promise.all(starters.map((starter) => starter.kill()));
  });

  it('tells other processes of each append', async () => {
    const url = await server.database();
    const ledger = await open(url);
    const other = child('listen', url);
    await other.line(/^ready$/);
    const { runId } = await ledger.open('a', opened());
    await other.line(new RegExp(`^heard ${runId}$`));
    await ledger.transact(runId, () => ({ events: [halted('x')], result: undefined }));
    await expect.poll(() => other.lines.filter((line) => line === `heard ${runId}`).length).toBe(2);
    await other.kill();
    await ledger.close();
  });

  it('sees in one process what another has appended, also to a run that it has read before', async () => {
    const url = await server.database();
    const [a, b] = [await open(url), await open(url)];
    const { runId } = await a.open('a', opened());
    await a.run(runId);
    await b.transact(runId, () => ({ events: [halted('by b')], result: undefined }));
    expect((await a.run(runId))?.halted?.reason).toBe('by b');
    const seen = await a.transact(runId, (run) => ({ events: [halted('by a')], result: run.version }));
    expect(seen).toMatchObject({ ok: true, result: 2 });
    await Promise.all([a.close(), b.close()]);
  });

  it('announces unfinished runs after the listening connection was lost', async () => {
    const url = await server.database();
    const ledger = await open(url);
    const { runId } = await ledger.open('a', opened());
    const heard: string[] = [];
    ledger.subscribe((id) => heard.push(id));
    const listening = `FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`;
    await ask(url, `SELECT pg_terminate_backend(pid) ${listening}`);
    await expect.poll(() => heard, { timeout: 5_000 }).toContain(runId);
    await expect.poll(() => ask(url, `SELECT count(*)::int AS n ${listening}`), { timeout: 5_000 }).toEqual([{ n: 1 }]);
    await ledger.close();
  });

  describe('with several deliverers', () => {
    const leading = `FROM pg_stat_activity WHERE application_name = 'runbolt-leader' AND datname = current_database()
      AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)`;
    const told = (word: 'posted' | 'looked', ...children: readonly { lines: readonly string[] }[]) =>
      children.flatMap(({ lines }) => lines.filter((line) => line.startsWith(word)).map((line) => line.split(' ')[1]));
    const posts = (...children: readonly { lines: readonly string[] }[]) => told('posted', ...children);
    const queue = async (ledger: Ledger, count: number) => {
      for (let n = 1; n <= count; n += 1) {
        const { runId } = await ledger.open(`key-${Math.random()}`, opened());
        await ledger.outbox.put(runId, 1, { channel: 'C1' }, [{ key: 'summary', order: 0, body: {} }]);
      }
    };
    const allDelivered = async (url: string) =>
      (await ask(url, 'SELECT count(*)::int AS n FROM runbolt.messages WHERE ts IS NULL'))[0]?.n === 0;

    it('lets one deliver each message once, and another take over when that one is killed', async () => {
      const url = await server.database();
      const ledger = await open(url);
      await queue(ledger, 30);
      const all = [child('lead', url), child('lead', url), child('lead', url)];
      const leaders = () => all.filter(({ lines }) => lines.includes('leads'));
      await Promise.all(all.map((one) => one.line(/^ready$/)));
      await expect.poll(() => posts(...all).length, { timeout: 10_000 }).toBeGreaterThan(5);
      expect(leaders()).toHaveLength(1);
      const [first] = leaders();
      await first?.kill();
      await queue(ledger, 10);
      await expect.poll(() => allDelivered(url), { timeout: 10_000 }).toBe(true);
      expect(leaders()).toHaveLength(2);
      // Killed between its intent to post and the post, the first leaves one message to be looked for, not posted.
      const seen = () => new Set([...posts(...all), ...told('looked', ...all)]).size;
      await expect.poll(seen, { timeout: 5_000 }).toBe(40);
      expect(new Set(posts(...all)).size).toBe(posts(...all).length);
      expect(told('looked', ...all).length).toBeLessThan(2);
      await Promise.all(all.map((one) => one.kill()));
      await ledger.close();
    });

    it('lets one that was cut off post nothing more, and stand by', async () => {
      const url = await server.database();
      const ledger = await open(url);
      const first = child('lead', url);
      await first.line(/^leads$/);
      const second = child('lead', url);
      await second.line(/^ready$/);
      await ask(url, `SELECT pg_terminate_backend(pid) ${leading}`);
      await expect
        .poll(() => [...first.lines, ...second.lines].filter((line) => line === 'leads').length, { timeout: 10_000 })
        .toBe(2);
      await first.line(/^stands by$/);
      await queue(ledger, 10);
      await expect.poll(() => allDelivered(url), { timeout: 10_000 }).toBe(true);
      await expect.poll(() => posts(first, second).length, { timeout: 5_000 }).toBe(10);
      await Promise.all([first.kill(), second.kill()]);
      await ledger.close();
    });

    it('refuses to say that it posts to who does not lead', async () => {
      const url = await server.database();
      const [a, b] = [await open(url), await open(url)];
      await queue(a, 1);
      const [runId = ''] = await a.unfinished();
      await expect(a.outbox.posting(runId, 'summary', 0)).rejects.toThrow(/does not lead/);
      const resign = await led(a.outbox);
      await expect(b.outbox.posting(runId, 'summary', 0)).rejects.toThrow(/does not lead/);
      await a.outbox.posting(runId, 'summary', 0);
      await ask(url, `SELECT pg_terminate_backend(pid) ${leading}`);
      await expect(a.outbox.posting(runId, 'summary', 0)).rejects.toThrow();
      await resign();
      await Promise.all([a.close(), b.close()]);
    });
  });

  it.skipIf(process.platform !== 'linux')(
    "asks each connection after 10 s of silence whether it stands, the queue's too (skipped where there is no /proc)",
    async () => {
      const engines = must(
        await openEngines({
          ...context,
          dataDir: '/nonexistent',
          databaseUrl: await server.database(),
          courier: 'shared',
        }),
      );
      await engines.queue.work(
        async () => undefined,
        () => undefined,
      );
      await engines.queue.depth();
      const resign = await led(engines.ledger.outbox);
      // proc(5): `02` is a timer of keepalive, and how long until it, in hundredths of a second.
      const port = server.port.toString(16).toUpperCase().padStart(4, '0');
      const timers = () =>
        [...readFileSync('/proc/self/net/tcp', 'utf8').matchAll(/^ *\d+: \w+:\w+ \w+:(\w+) 01 \S+ (\w+):(\w+) /gm)]
          .filter(([, remote]) => remote === port)
          .map(([, , kind, left = '']) => kind === '02' && Number.parseInt(left, 16) <= 1_000);
      await expect.poll(timers, { timeout: 5_000 }).toEqual(Array(timers().length).fill(true));
      expect(timers().length).toBeGreaterThan(4);
      await resign();
      await engines.close(0);
    },
  );

  it('goes on after all its connections were cut', async () => {
    const url = await server.database();
    const ledger = await open(url);
    const { runId } = await ledger.open('a', opened());
    const others = 'pid <> pg_backend_pid() AND datname = current_database()';
    await ask(url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`);
    await expect
      .poll(() => ledger.transact(runId, () => ({ events: [halted('x')], result: 'in' })).catch(() => 'lost'), {
        timeout: 5_000,
      })
      .toMatchObject({ ok: true });
    await ledger.close();
  });

  it('goes on after the connection of a transaction was cut in its middle', async () => {
    const url = await server.database();
    const ledger = await open(url);
    const { runId } = await ledger.open('a', opened());
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM runbolt.runs WHERE id = $1 FOR UPDATE', [runId]);
    const claims = () => ({ events: [halted('x')], claim: ['web-1'], result: 'in' });
    const cut = ledger.transact(runId, claims).catch((error) => error);
    const waits = `wait_event_type = 'Lock' AND datname = current_database()`;
    await expect
      .poll(() => ask(url, `SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity WHERE ${waits}`), {
        timeout: 5_000,
      })
      .toContainEqual({ cut: true });
    await holder.query('COMMIT');
    await holder.end();
    expect(faultIn(await cut)).toMatchObject({ code: 'ledger_unreachable' });
    expect(await ledger.transact(runId, () => ({ events: [halted('y')], result: 'in' }))).toMatchObject({ ok: true });
    await ledger.close();
  });

  it('refuses a database that a newer version has written', async () => {
    const url = await server.database();
    await (await open(url)).close();
    await ask(url, `INSERT INTO runbolt.migrations (version, name) VALUES (99, 'future')`);
    expect(await openPostgresLedger(url, context)).toMatchObject({
      ok: false,
      fault: {
        code: 'ledger_newer',
        message: expect.stringMatching(/^The ledger has version 99, this Runbolt knows versions up to \d+\.$/),
      },
    });
  });

  it('refuses a queue that a newer version has made, and one that its user may not make', async () => {
    const url = await server.database();
    const shared = (databaseUrl: string) =>
      openEngines({ ...context, dataDir: '/nonexistent', databaseUrl, courier: 'shared' });
    await must(await shared(url)).close(0);
    await ask(url, 'UPDATE bullmq.migration SET min_client_version = 99');
    expect(await shared(url)).toMatchObject({
      ok: false,
      fault: { code: 'ledger_newer', message: expect.stringMatching(/BullMQ 99, this one is \d+\.$/) },
    });
    await ask(url, 'DROP SCHEMA bullmq CASCADE; CREATE ROLE clerk LOGIN');
    await ask(url, 'GRANT USAGE ON SCHEMA runbolt TO clerk; GRANT ALL ON ALL TABLES IN SCHEMA runbolt TO clerk');
    const clerk = new URL(url);
    clerk.username = 'clerk';
    expect(await shared(clerk.href)).toMatchObject({ ok: false, fault: { code: 'queue_refused' } });
  });

  it('can be reached over the Unix socket', async () => {
    const url = new URL(await server.database());
    const ledger = await open(
      `postgres://runbolt@/${url.pathname.slice(1)}?host=${server.socketDir}&port=${server.port}`,
    );
    expect((await ledger.open('a', opened())).fresh).toBe(true);
    await ledger.close();
  });
});

describe('engines that cannot be reached', () => {
  const settings = { ...context, dataDir: '/nonexistent', courier: 'shared' as const };
  const faultOf = async (given: { databaseUrl?: string; redisUrl?: string }) => {
    const result = await openEngines({ ...settings, ...given });
    return result.ok ? undefined : result.fault;
  };

  it('are named with host and port, never with the password, and with what to do', async () => {
    const port = await freePort();
    expect(await faultOf({ databaseUrl: `postgres://ops:secret@127.0.0.1:${port}/runbolt` })).toEqual({
      code: 'ledger_unreachable',
      message: `PostgreSQL at 127.0.0.1:${port}/runbolt cannot be reached (ECONNREFUSED).`,
      next: 'Start it, or correct DATABASE_URL.',
    });
  });

  it('are refused when their URL is none', async () => {
    expect(await faultOf({ databaseUrl: 'mysql://ops:secret@db' })).toMatchObject({ code: 'config_invalid' });
    expect(JSON.stringify(await faultOf({ databaseUrl: 'postgres://ops:secret@[db' }))).not.toContain('secret');
  });
});
