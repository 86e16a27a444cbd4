import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresLedger } from '../../src/adapters/ledger/index.js';
import { slackDoor } from '../../src/doors/slack/index.js';
import type { Ledger } from '../../src/engine/ports.js';
import { noPostgres, type RealPostgres, startPostgres } from '../rig/servers/index.js';
import { aView, realClock, ScriptedEngine, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';
import { must } from './ledger-places.js';
import { context, logger, opened } from './ledger-samples.js';

const title = noPostgres === undefined ? '' : ` (skipped: ${noPostgres})`;
describe.skipIf(noPostgres !== undefined)(`two bots on one PostgreSQL${title}`, () => {
  let server: RealPostgres;
  let slack: SlackDouble;
  beforeAll(async () => {
    server = await startPostgres();
    slack = await startSlackDouble();
    slack.person({ id: 'U1', name: 'ana' });
    slack.channel('C1', ['U1']);
  });
  afterAll(async () => {
    await slack?.close();
    await server?.stop();
  });

  const aBot = async (url: string) => {
    const { ledger } = must(await openPostgresLedger(url, context));
    const engine = new ScriptedEngine();
    engine.view = async (id) => {
      const run = await ledger.run(id);
      return run && aView(id, { version: run.version });
    };
    const { apiUrl, botToken, appToken } = slack;
    const options = { engine, ledger, clock: realClock, logger, commands: [] };
    const door = slackDoor({ ...options, apiUrl, botToken, appToken });
    must(await door.start());
    const stop = async () => {
      await door.stop();
      await ledger.close();
    };
    return { ledger, stop };
  };
  const told = (ledger: Ledger, runs: readonly string[]) =>
    until('all is told', async () => {
      const threads = await Promise.all(runs.map((id) => ledger.outbox.threadOf(id)));
      return threads.every((thread) => thread !== undefined);
    });
  const ask = async (ledger: Ledger, count: number) =>
    Promise.all(Array.from({ length: count }, async () => (await ledger.open(context.random(8), opened())).runId));

  it('tell each thread once, and the one goes on when the other stops', async () => {
    const url = await server.database();
    const [a, b] = [await aBot(url), await aBot(url)];
    const first = await ask(a.ledger, 4);
    await told(b.ledger, first);
    expect(slack.messages('C1')).toHaveLength(4);
    await a.stop();
    await told(b.ledger, await ask(b.ledger, 2));
    expect(slack.messages('C1')).toHaveLength(6);
    await b.stop();
    expect(slack.violations).toEqual([]);
  }, 30_000);
});
