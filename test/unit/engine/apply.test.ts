import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Step } from '../../../src/core/change-type.js';
import { FaultError, failure, fault } from '../../../src/core/fault.js';
import { change, fact, registry } from '../../../src/core/registry.js';
import { foldRun, openRun, type Run } from '../../../src/core/run.js';
import { loadRunbook } from '../../../src/core/runbook-loader.js';
import { applyTo, type Errand } from '../../../src/engine/apply.js';
import { observe } from '../../../src/engine/gather.js';
import type { Execution, Transport } from '../../../src/engine/ports.js';
import type { World } from '../../../src/engine/world.js';
import { NO_LEDGER, unused } from '../../rig/no-ledger.js';
import { noPrivateHost, PrivateHost } from '../../rig/private-host.js';
import { target } from '../../rig/targets.js';

/** A file's text as a fact, and writing it as a change. */
const kinds = registry(
  [
    fact({
      name: 'text',
      summary: 'text of /var/lib/f',
      args: z.strictObject({}),
      schema: { is: 'string' },
      probe: () => ({ script: 'cat /var/lib/f', env: {} }),
      parse: (output) => ({ status: 'read', value: { is: output.trim() }, evidence: [output] }),
    }),
  ],
  [
    change({
      name: 'write',
      summary: 'writes /var/lib/f',
      args: z.string(),
      needs: () => [],
      plan: (value) => ({ kind: 'steps', steps: [{ title: 'write', env: { VALUE: value }, effects: [] }] }),
      scripts: {
        guard: '[ "$(cat /var/lib/f)" = old ]',
        apply: 'cp /var/lib/f "$BACKUP/f"; printf %s "$VALUE" > /var/lib/f; echo x >> /var/lib/times',
        verify: 'true',
        revert: 'cp "$BACKUP/f" /var/lib/f',
      },
    }),
  ],
);

const runbookThatWrites = (value: string) => {
  const yaml = `command: demo
title: t
facts: { f: { text: {} } }
checks:
  good: { severity: warning, expect: 'f.is == "new"', otherwise: "it is {f.is}", rule: r }
  safe: { severity: critical, expect: 'f.is != "bad"', otherwise: "it is {f.is}", rule: r }
changes: { w: { when: checks.good.failed, write: ${value} } }
knowledge: k
`;
  const loaded = loadRunbook('demo.yaml', yaml, kinds);
  if (!loaded.ok) throw new Error(loaded.fault.next);
  return loaded.value;
};

describe.skipIf(noPrivateHost() !== undefined)('changing one target (root)', () => {
  let host: PrivateHost;
  /** How many of the next executions do not get through. */
  let away = 0;
  let count = 0;
  const transport: Transport = {
    execute: async (_, script): Promise<Execution> => {
      if (away-- > 0) return { kind: 'unreachable', fault: fault('host_refused', 'nobody there.', 'Look.') };
      const { code, stdout } = host.run(script.text);
      return {
        kind: 'exited',
        code: code ?? 1,
        output: { stdout, stderr: Buffer.alloc(0), cut: false },
        durationMs: 1,
      };
    },
    close: async () => undefined,
  };
  const world: World = {
    transport,
    registry: kinds,
    clock: { now: () => 1, sleep: async () => undefined },
    random: (bytes) => 'ab'.repeat(bytes),
    config: { groups: {}, policies: [], limits: { gatherMs: 5_000, applyMs: 5_000 } },
    runbooks: new Map(),
    secrets: {},
    ledger: NO_LEDGER,
    queue: { add: unused, depth: unused },
    inventory: { targets: unused },
    people: { entitled: unused },
    shared: false,
    concurrency: 8,
    worker: 'here',
    takesUp: () => true,
    log: (_, error) => {
      throw error;
    },
  };

  beforeAll(async () => {
    host = await PrivateHost.start();
  });
  afterAll(() => host.stop());
  beforeEach(() => {
    away = 0;
    host.run('printf old > /var/lib/f; rm -f /var/lib/times');
  });

  const errand = async (value = 'new', gone: readonly string[] = []): Promise<Errand> => {
    const runbook = runbookThatWrites(value);
    const web = target('web-1');
    const subject = { target: web, fleet: [web], runbook, request: { params: {}, given: [] } };
    const seen = await observe({ ...world, limitMs: 1_000 }, subject, new AbortController().signal);
    const request = {
      runbook: 'demo',
      verb: 'fix',
      mode: 'fix' as const,
      selector: 'web-1',
      params: {},
      given: [],
      text: 'x',
    };
    const opened = {
      kind: 'opened' as const,
      at: 1,
      actor: { id: 'cli:ana', name: 'ana' },
      origin: { door: 'cli' as const },
      request,
      targets: [{ name: 'web-1', labels: {}, transport: 'local' as const }],
      shard: 1,
    };
    const steps: readonly Step[] = seen.steps.map((step) => ({ ...step, gone }));
    const planned = {
      kind: 'planned' as const,
      at: 1,
      plan: { runbook: 'demo', targets: [{ target: 'web-1', steps }] },
      digest: 'd',
      requirement: { kind: 'requester' as const },
      expiresAt: 9,
      waves: [['web-1']],
      stopAfterFailures: 1,
    };
    let run: Run = openRun(`r${++count}`, opened);
    run = foldRun(foldRun(run, { kind: 'observed', at: 1, observations: [seen] }), planned);
    const signal = new AbortController().signal;
    return {
      run,
      runbook,
      fleet: new Map([[web.name, web]]),
      name: 'web-1',
      delivery: 1,
      lookOnly: false,
      signal,
      mayTakeBack: async () => true,
    };
  };
  const text = () => host.run('cat /var/lib/f').stdout.toString();
  const times = () => host.run('cat /var/lib/times').stdout.toString();

  it('ends as changed when the check that asked for it passes', async () => {
    expect(await applyTo(world, await errand())).toMatchObject({
      outcome: 'changed',
      proof: { verdicts: [{ kind: 'pass' }, {}] },
    });
  });

  it('takes back what a check still fails after, and says so', async () => {
    expect(await applyTo(world, await errand('other'))).toMatchObject({
      outcome: 'failed',
      reverted: true,
      reason: 'applied, but good still says: it is other; taken back',
    });
    expect(text()).toBe('old');
  });

  it('looks once more after the time that a fact settles in, before it takes anything back', async () => {
    const slept: number[] = [];
    const facts = new Map([...kinds.facts].map(([name, kind]) => [name, { ...kind, settlesMs: 1_500 }]));
    const settling = (after: string): World => ({
      ...world,
      registry: { ...kinds, facts },
      clock: {
        now: () => 1,
        sleep: async (ms) => {
          slept.push(ms);
          host.run(`printf ${after} > /var/lib/f`);
        },
      },
    });
    expect(await applyTo(settling('new'), await errand('other'))).toMatchObject({ outcome: 'changed' });
    expect(slept).toEqual([1_500]);
    host.run('printf old > /var/lib/f');
    expect(await applyTo(settling('other'), await errand('other'))).toMatchObject({
      outcome: 'failed',
      reverted: true,
    });
    expect(slept).toEqual([1_500, 1_500]);
    host.run('printf old > /var/lib/f');
    expect(await applyTo(settling('x'), await errand())).toMatchObject({ outcome: 'changed' });
    expect(slept).toHaveLength(2);
  });

  it.each([
    [1, 'changed'],
    [2, 'unknown'],
  ])('ends after a change where %i looks in a row did not come about as %s', async (lost, outcome) => {
    const after: World = {
      ...world,
      transport: {
        ...transport,
        execute: async (...args) => {
          const before = times();
          const end = await transport.execute(...args);
          if (times() !== before) away = lost;
          return end;
        },
      },
    };
    expect(await applyTo(after, await errand())).toMatchObject({ outcome });
    expect(text()).toBe('new');
    expect(times()).toBe('x\n');
  });

  it('takes back what turned another check critical', async () => {
    const done = await applyTo(world, await errand('bad'));
    expect(done).toMatchObject({ outcome: 'failed', reverted: true });
    expect(text()).toBe('old');
  });

  it.each([
    ['an apply that fails', 'new', 'exit 1', 'true'],
    ['a check on the host that fails', 'new', 'true', 'echo no; exit 1'],
    ['a proof that fails', 'other', 'true', 'true'],
  ])('says of %s whether the host was put back', async (_, value, after, verify) => {
    const scripted = (revert: string): World => {
      const write = kinds.changes.get('write');
      if (!write) throw new Error('no change');
      const scripts = { ...write.scripts, apply: `${write.scripts.apply}; ${after}`, verify, revert };
      return { ...world, registry: { ...kinds, changes: new Map([['write', { ...write, scripts }]]) } };
    };
    expect(await applyTo(scripted('cp "$BACKUP/f" /var/lib/f'), await errand(value))).toMatchObject({
      outcome: 'failed',
      reverted: true,
      reason: expect.stringMatching(/(^|; )taken back$/),
    });
    expect(text()).toBe('old');
    const stuck = await applyTo(scripted('echo "no room"; exit 1'), await errand(value));
    expect(stuck).toMatchObject({
      outcome: 'failed',
      reverted: false,
      reason: expect.stringMatching(/; could not be taken back$/),
    });
    expect(text()).toBe(value);
  });

  it('says neither of a host that was not touched', async () => {
    const first = await errand();
    host.run('printf else > /var/lib/f');
    expect(await applyTo(world, first)).toMatchObject({ outcome: 'drifted', reverted: null });
  });

  it('begins nothing where a host that it takes for gone runs again, and only looks where it had begun', async () => {
    const back: World = {
      ...world,
      inventory: { targets: unused, confirmGone: async () => failure('inventory_unread', 'It runs.', 'Ask again.') },
    };
    const first = await errand('new', ['10.0.0.3']);
    expect(await applyTo(back, first)).toMatchObject({ outcome: 'drifted', reason: 'It runs. Ask again.' });
    expect([text(), times()]).toEqual(['old', '']);
    expect(await applyTo(world, first)).toMatchObject({ outcome: 'changed' });
    expect(await applyTo(back, { ...first, delivery: 2 })).toMatchObject({ outcome: 'changed' });
    expect(times()).toBe('x\n');
  });

  it('is unknown, not failed, when nobody knows whether it was taken back', async () => {
    const first = await errand('other');
    const lost = {
      ...first,
      mayTakeBack: async () => {
        away = 99;
        return true;
      },
    };
    expect(await applyTo(world, { ...lost, delivery: 2 })).toMatchObject({
      outcome: 'unknown',
      reverted: null,
      reason: expect.stringContaining('whether it was taken back is not known'),
    });
  });

  it('has no outcome while the ledger, which says whether it may be taken back, is away', async () => {
    const away = new FaultError(fault('ledger_unreachable', 'It does not answer.', 'Start it.'));
    const asked = { ...(await errand('other')), mayTakeBack: () => Promise.reject(away) };
    await expect(applyTo(world, asked)).rejects.toBe(away);
    expect(text()).toBe('other');
    expect(await applyTo(world, { ...asked, mayTakeBack: async () => true, delivery: 2 })).toMatchObject({
      reverted: true,
    });
  });

  it('leaves the host alone when somebody else recorded a result meanwhile', async () => {
    const done = await applyTo(world, { ...(await errand('other')), mayTakeBack: async () => false });
    expect(done).toMatchObject({ outcome: 'unknown', reverted: null });
    expect(text()).toBe('other');
  });

  it('is unreachable when the first delivery reached nobody', async () => {
    const first = await errand();
    away = 1;
    expect(await applyTo(world, first)).toMatchObject({ outcome: 'unreachable' });
    expect(text()).toBe('old');
  });

  it('redelivered after a crash, reads what the first delivery did, even when the host is away for a moment', async () => {
    const first = await errand();
    await applyTo(world, first);
    away = 2;
    expect(await applyTo(world, { ...first, delivery: 2 })).toMatchObject({ outcome: 'changed' });
    expect(times()).toBe('x\n');
  });

  it('redelivered to a host that stays away, is unknown and not unreachable', async () => {
    const first = await errand();
    await applyTo(world, first);
    away = 99;
    expect(await applyTo(world, { ...first, delivery: 2 })).toMatchObject({ outcome: 'unknown' });
  });

  it('of a cancelled run is not begun, and what was begun is read', async () => {
    const first = await errand();
    expect(await applyTo(world, { ...first, lookOnly: true })).toMatchObject({ outcome: 'cancelled' });
    await applyTo(world, first);
    expect(await applyTo(world, { ...first, delivery: 2, lookOnly: true })).toMatchObject({ outcome: 'changed' });
    const never = await errand();
    expect(await applyTo(world, { ...never, delivery: 2, lookOnly: true })).toMatchObject({ outcome: 'failed' });
    expect(times()).toBe('x\n');
  });
});
