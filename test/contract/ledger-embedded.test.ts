import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockDataDirectory, openEmbeddedLedger, socketAddress } from '../../src/adapters/ledger/index.js';
import { type Compiled, compile, startChild } from '../rig/servers/index.js';
import { must, newDirectory } from './ledger-places.js';
import { context, opened } from './ledger-samples.js';

describe('the data directory of an embedded ledger', { timeout: 180_000 }, () => {
  let dir: string;
  let sources: Compiled | undefined;
  const child = (role: string, dataDir = dir) =>
    startChild(`${import.meta.dirname}/ledger-child.mjs`, [
      sources?.dir ?? '',
      role,
      JSON.stringify({ dataDir, courier: 'memory' }),
    ]);
  beforeAll(async () => {
    sources = await compile('adapters/engines.ts');
  });
  afterAll(() => sources?.remove());
  beforeEach(() => {
    dir = newDirectory();
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is refused to a second process, and the first one goes on', async () => {
    const { ledger } = must(await openEmbeddedLedger(dir, context));
    const second = child('hold');
    expect(await second.line(/^fault/)).toContain(`ledger_busy Another Runbolt process uses the data directory ${dir}`);
    await second.kill();
    const { runId } = await ledger.open('a', opened());
    expect((await ledger.run(runId))?.version).toBe(1);
    await ledger.close();
  });

  it('is refused, and let go of, when a newer version has written it', async () => {
    const first = must(await openEmbeddedLedger(dir, context));
    await first.pool.query(`INSERT INTO runbolt.migrations (version, name) VALUES (99, 'future')`);
    await first.ledger.close();
    const refused = { ok: false, fault: { code: 'ledger_newer', next: expect.stringContaining('newer Runbolt') } };
    expect(await openEmbeddedLedger(dir, context)).toMatchObject(refused);
    expect(await openEmbeddedLedger(dir, context)).toMatchObject(refused);
  });

  it('begins without its template where that is being replaced', async () => {
    const gone = { ...context, template: join(dir, 'no-template') };
    const { ledger } = must(await openEmbeddedLedger(join(dir, 'data'), gone));
    const { runId } = await ledger.open('a', opened());
    expect((await ledger.run(runId))?.version).toBe(1);
    await ledger.close();
  });

  it('is refused a second time within one process too', async () => {
    const first = must(await lockDataDirectory(dir));
    expect(await lockDataDirectory(dir)).toMatchObject({ ok: false, fault: { code: 'ledger_busy' } });
    await first.release();
    await must(await lockDataDirectory(dir)).release();
  });

  it('is taken over from a process that was killed', async () => {
    const holder = child('hold');
    await holder.line(/^ready$/);
    await holder.kill();
    expect(existsSync(join(dir, 'runbolt.sock'))).toBe(true);
    const { ledger } = must(await openEmbeddedLedger(dir, context));
    await ledger.close();
    expect(existsSync(join(dir, 'runbolt.sock'))).toBe(false);
  });

  it('is taken over by one of many starters only', async () => {
    const holder = child('hold');
    await holder.line(/^ready$/);
    await holder.kill();
    const starters = Array.from({ length: 4 }, () => child('hold'));
    const answers = await Promise.all(starters.map((starter) => starter.line(/^(?:ready|fault ledger_busy)/)));
    expect(answers.filter((line) => line === 'ready')).toHaveLength(1);
    await Promise.all(starters.map((starter) => starter.kill()));
  });

  it('has a socket that only its owner may use, on which a server can be put', async () => {
    const lock = must(await lockDataDirectory(join(dir, 'new')));
    expect(statSync(join(dir, 'new')).mode & 0o777).toBe(0o700);
    expect(statSync(lock.socketPath).mode & 0o777).toBe(0o600);
    lock.server.on('connection', (socket) => socket.end('hello'));
    const address = socketAddress(join(dir, 'new'));
    expect(await readAll(address.path)).toBe('hello');
    address.done();
    await lock.release();
  });

  it('may have a path that is too long for a socket', async () => {
    const deep = join(dir, 'x'.repeat(60), 'y'.repeat(60));
    mkdirSync(deep, { recursive: true });
    const lock = must(await lockDataDirectory(deep));
    expect(existsSync(join(deep, 'runbolt.sock'))).toBe(true);
    expect(await lockDataDirectory(deep)).toMatchObject({ ok: false, fault: { code: 'ledger_busy' } });
    lock.server.on('connection', (socket) => socket.end('hello'));
    const address = socketAddress(deep);
    expect(await readAll(address.path)).toBe('hello');
    address.done();
    await lock.release();
    expect(existsSync(join(deep, 'runbolt.sock'))).toBe(false);
    await must(await lockDataDirectory(deep)).release();
  });

  it('is begun again when the first start was killed while it unpacked', async () => {
    mkdirSync(join(dir, 'pg/base'), { recursive: true });
    writeFileSync(join(dir, 'pg.unfinished'), '');
    writeFileSync(join(dir, 'pg/PG_VERSION'), '');
    const { ledger } = must(await openEmbeddedLedger(dir, context));
    expect((await ledger.open('a', opened())).fresh).toBe(true);
    await ledger.close();
  });

  it('gives a fault, and is free again, when it cannot be opened', async () => {
    mkdirSync(join(dir, 'pg'), { recursive: true });
    writeFileSync(join(dir, 'pg/PG_VERSION'), '9.6\n');
    expect(await openEmbeddedLedger(dir, context)).toMatchObject({ ok: false, fault: { code: 'ledger_unreachable' } });
    await must(await lockDataDirectory(dir)).release();
    writeFileSync(join(dir, 'file'), '');
    expect(await lockDataDirectory(join(dir, 'file'))).toMatchObject({
      ok: false,
      fault: { code: 'ledger_unreachable', message: expect.stringContaining('EEXIST') },
    });
  });
});

const readAll = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect(path);
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.once('end', () => resolve(text));
    socket.once('error', reject);
  });
