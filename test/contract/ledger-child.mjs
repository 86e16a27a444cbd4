// A process on a ledger: `node ledger-child.mjs COMPILED ROLE SETTINGS`. It prints one line for each thing that is done.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';

const [compiled, role, settings] = process.argv.slice(2);
const { openEngines } = await import(join(compiled, 'adapters/engines.js'));
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);

const opened = await openEngines({
  ...JSON.parse(settings),
  clock: { now: () => Date.now(), sleep: (ms, signal) => delay(ms, undefined, { signal }) },
  random: (bytes) => randomBytes(bytes).toString('hex'),
  logger: pino({ level: 'silent' }),
});
if (!opened.ok) {
  say('fault', opened.fault.code, opened.fault.message);
  process.exit(3);
}
const { ledger, queue } = opened.value;
const request = {
  runbook: 'tcp',
  verb: 'verify',
  mode: 'verify',
  selector: 'web-*',
  params: {},
  text: 'tcp verify web-*',
};
const run = (origin = { door: 'cli' }) => ({
  kind: 'opened',
  at: Date.now(),
  actor: { id: 'cli:ana', name: 'ana' },
  origin,
  request,
  targets: [{ name: 'web-1', labels: {}, transport: 'ssh' }],
  shard: 50,
});

const roles = {
  async hold() {
    say('ready');
  },
  async exit() {
    say('ready');
    await opened.value.close(1_000);
  },
  async write() {
    for (let n = 1; ; n += 1) {
      const { runId } = await ledger.open(`key-${n}`, run());
      say('opened', runId);
      for (let i = 1; i <= 5; i += 1) {
        const done = await ledger.transact(runId, () => ({
          events: [{ kind: 'halted', at: Date.now(), reason: `event ${i}` }],
          result: i,
        }));
        say('acked', runId, done.run.version);
      }
    }
  },
  async listen() {
    ledger.subscribe((runId) => say('heard', runId));
    say('ready');
  },
  async lead() {
    const { outbox } = ledger;
    say('ready');
    const deliver = async (signal) => {
      say('leads');
      while (!signal.aborted) {
        for (const { runId, key, revision, inDoubt } of await outbox.due(Date.now(), 50)) {
          if (signal.aborted) break;
          await outbox.posting(runId, key, Date.now());
          say(inDoubt ? 'looked' : 'posted', runId);
          await delay(20);
          await outbox.delivered(runId, key, revision, `ts-${runId}`);
        }
        await delay(20);
      }
      say('stands by');
    };
    const lasts = new AbortController().signal;
    await outbox.lead((signal) => deliver(signal).catch((error) => say('stopped', error.message)), lasts);
  },
  async schedule() {
    const { timetables } = JSON.parse(settings);
    await queue.schedule(timetables, async ({ at }) => {
      say('due', at);
      await new Promise(() => undefined);
    });
    await queue.work(
      async () => undefined,
      () => undefined,
    );
    say('ready');
  },
  async work() {
    await queue.work(
      async (job) => {
        say('taken', job.id);
        await new Promise(() => undefined);
      },
      () => undefined,
    );
    const { jobs = [] } = JSON.parse(settings);
    await queue.add(jobs.map((id) => ({ id, runId: 'r1', stage: 'gather', shard: 3, delivery: 2 })));
    say('ready');
  },
};
await roles[role]();
if (role !== 'exit') setInterval(() => undefined, 60_000);
