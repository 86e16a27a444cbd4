import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostScripts, Step } from '../../../src/core/change-type.js';
import {
  type Attempt,
  deliverScript,
  inspectScript,
  REVERT_SCRIPTS,
  readAttempt,
  revertStep,
} from '../../../src/engine/attempt-script.js';
import { noPrivateHost, PrivateHost } from '../../rig/private-host.js';

const BOUNDARY = 'b0a7b0a7b0a7b0a7b0a7b0a7b0a7b0a7';

/** Writes a value into a file and counts how often it did. */
const WRITE: HostScripts = {
  guard: '[ "$(cat "$FILE")" = "$WAS" ] || { echo "$FILE is $(cat "$FILE")"; exit 1; }',
  apply: 'cp -p "$FILE" "$BACKUP/was"; echo x >> /var/lib/times; printf %s "$VALUE" > "$FILE"; eval "${DURING:-}"',
  verify: '[ "$(cat "$FILE")" = "$VALUE" ] && [ -z "${BAD:-}" ] || { echo "did not hold"; exit 1; }',
  revert: '[ ! -e "$BACKUP/was" ] || cp -p "$BACKUP/was" "$FILE"',
};

const step = (env: Record<string, string>): { step: Step; scripts: HostScripts } => ({
  step: {
    change: 'w',
    type: 'write',
    title: 'w',
    effects: [],
    env: { FILE: '/var/lib/f', WAS: 'old', VALUE: 'new', ...env },
  },
  scripts: WRITE,
});

let count = 0;
const attempt = (...steps: Attempt['steps']): Attempt => ({
  id: `r1-web-${++count}`,
  steps,
  label: "run r1 asked by cli:o'ana",
  stepSeconds: 10,
  waitSeconds: 10,
});

describe.skipIf(noPrivateHost() !== undefined)('an attempt on a real host (root)', () => {
  let host: PrivateHost;
  beforeAll(async () => {
    host = await PrivateHost.start();
  });
  afterAll(() => host.stop());

  const deliver = (a: Attempt) => readAttempt(host.run(deliverScript(a, BOUNDARY)).stdout, BOUNDARY);
  const inspect = (a: Attempt) => readAttempt(host.run(inspectScript(a, BOUNDARY)).stdout, BOUNDARY);
  const fresh = () => host.run("printf old > /var/lib/f; rm -f /var/lib/times; printf one > '/var/lib/o ther'");
  const text = (path: string) => host.run(`cat '${path}'`).stdout.toString();

  it('changes, proves and keeps', () => {
    fresh();
    expect(deliver(attempt(step({})))).toEqual({ kind: 'done', outcome: 'changed', left: 'kept', reason: '' });
    expect(text('/var/lib/f')).toBe('new');
  });

  it('delivered twice changes once and answers the same', () => {
    fresh();
    const a = attempt(step({}));
    expect([deliver(a), deliver(a)]).toEqual([inspect(a), inspect(a)]);
    expect(text('/var/lib/times')).toBe('x\n');
  });

  it('delivered eight times at once changes once', async () => {
    fresh();
    const a = attempt(step({ DURING: 'sleep 0.3' }));
    await Promise.all(Array.from({ length: 8 }, () => once(host.spawn(deliverScript(a, BOUNDARY)), 'exit')));
    expect(inspect(a)).toMatchObject({ kind: 'done', outcome: 'changed' });
    expect(text('/var/lib/times')).toBe('x\n');
  });

  it('changes nothing when the host is not as planned', () => {
    fresh();
    const a = attempt(step({}), step({ FILE: '/var/lib/o ther' }));
    expect(deliver(a)).toMatchObject({ outcome: 'drifted', reason: '/var/lib/o ther is one' });
    expect(text('/var/lib/f')).toBe('old');
  });

  it('takes all steps back when the last one does not hold', () => {
    fresh();
    const a = attempt(step({}), step({ FILE: '/var/lib/o ther', WAS: 'one', BAD: '1' }));
    expect(deliver(a)).toEqual({ kind: 'done', outcome: 'failed', left: 'reverted', reason: 'did not hold' });
    expect([text('/var/lib/f'), text('/var/lib/o ther')]).toEqual(['old', 'one']);
  });

  it('goes on to its end when whoever delivered it is killed', async () => {
    fresh();
    const a = attempt(step({ DURING: 'touch /var/lib/half; while [ ! -e /var/lib/go ]; do sleep 0.05; done' }));
    const child = host.spawn(deliverScript(a, BOUNDARY));
    expect(
      host.run(
        'n=0; while [ ! -e /var/lib/half ] && [ $n -lt 200 ]; do sleep 0.05; n=$((n + 1)); done; [ -e /var/lib/half ]',
      ).code,
    ).toBe(0);
    expect(inspect(a)).toEqual({ kind: 'running' });
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    host.run('touch /var/lib/go');
    expect(deliver(a)).toMatchObject({ kind: 'done', outcome: 'changed' });
  });

  it('whose worker was killed is interrupted, is not begun again, and can be taken back', () => {
    fresh();
    const a = attempt(
      step({ DURING: 'kill -KILL $(cut -d" " -f1 /var/lib/runbolt/attempts/*/owner | tail -n 1); sleep 5' }),
    );
    host.run(`rm -rf /var/lib/runbolt`);
    expect(deliver(a)).toMatchObject({ kind: 'interrupted', phase: 'apply 1' });
    expect(deliver(a)).toMatchObject({ kind: 'interrupted' });
    expect(text('/var/lib/times')).toBe('x\n');
    expect(text('/var/lib/f')).toBe('new');
    const back = attempt({ step: revertStep(a.id, []), scripts: REVERT_SCRIPTS });
    expect(deliver(back)).toMatchObject({ outcome: 'changed' });
    expect(text('/var/lib/f')).toBe('old');
  });

  it('that never began is void once somebody has looked', () => {
    fresh();
    const a = attempt(step({}));
    host.run(`mkdir -p /var/lib/runbolt/attempts/${a.id}`);
    expect(inspect(a)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('nothing was changed') });
    expect(deliver(a)).toMatchObject({ outcome: 'failed' });
    expect(text('/var/lib/f')).toBe('old');
  });

  it('that was never delivered is void once somebody has looked, however late it arrives', () => {
    fresh();
    const a = attempt(step({}));
    expect(inspect(a)).toMatchObject({
      kind: 'done',
      outcome: 'failed',
      reason: expect.stringContaining('never began'),
    });
    expect(deliver(a)).toEqual(inspect(a));
    expect(text('/var/lib/f')).toBe('old');
  });

  it('finds the host busy while another attempt changes it, and free again after', async () => {
    fresh();
    const first = attempt(step({ DURING: 'touch /var/lib/half2; while [ ! -e /var/lib/go2 ]; do sleep 0.05; done' }));
    const second = attempt(step({ FILE: '/var/lib/o ther', WAS: 'one' }));
    host.spawn(deliverScript(first, BOUNDARY));
    host.run('n=0; while [ ! -e /var/lib/half2 ] && [ $n -lt 200 ]; do sleep 0.05; n=$((n + 1)); done');
    const busy = deliver(second);
    host.run('touch /var/lib/go2');
    const reason = 'another attempt is changing this host; nothing was changed';
    expect(busy).toMatchObject({ outcome: 'failed', left: 'untouched', reason });
    expect(deliver(first)).toMatchObject({ outcome: 'changed' });
    expect(deliver(attempt(step({ FILE: '/var/lib/o ther', WAS: 'one' })))).toMatchObject({ outcome: 'changed' });
  });

  it('is taken back by another attempt, once', () => {
    fresh();
    const a = attempt(step({}));
    deliver(a);
    const back = () => attempt({ step: revertStep(a.id, []), scripts: REVERT_SCRIPTS });
    expect(deliver(back())).toMatchObject({ outcome: 'changed' });
    expect(text('/var/lib/f')).toBe('old');
    expect(deliver(back())).toMatchObject({ outcome: 'drifted', reason: 'it was taken back before' });
  });

  it('that could not be taken back at once says so, and can be taken back by another attempt later', () => {
    fresh();
    const stuck: HostScripts = { ...WRITE, revert: `[ -e /var/lib/free ] || { echo stuck; exit 1; }; ${WRITE.revert}` };
    host.run('rm -f /var/lib/free');
    const a = attempt({ ...step({ BAD: '1' }), scripts: stuck });
    expect(deliver(a)).toMatchObject({ outcome: 'failed', left: 'not-reverted', reason: 'did not hold stuck' });
    expect(text('/var/lib/f')).toBe('new');
    const back = () => attempt({ step: revertStep(a.id, []), scripts: REVERT_SCRIPTS });
    expect(deliver(back())).toMatchObject({ outcome: 'failed' });
    host.run('touch /var/lib/free');
    expect(deliver(back())).toMatchObject({ outcome: 'changed' });
    expect(text('/var/lib/f')).toBe('old');
  });

  it('is told, when it is taken back, which later attempts stand: none that was taken back, drifted or never began', () => {
    fresh();
    const teller: HostScripts = { ...WRITE, revert: `printf %s "$LATER" > /var/lib/later; ${WRITE.revert}` };
    const a = attempt({ ...step({}), scripts: teller });
    const before = attempt(step({ FILE: '/var/lib/o ther', WAS: 'one' }));
    deliver(before);
    deliver(a);
    const stands = attempt(
      step({ WAS: 'new', VALUE: 'newer' }),
      step({ FILE: '/var/lib/o ther', WAS: 'new', VALUE: 'x' }),
    );
    const drifted = attempt(step({}));
    const gone = attempt(step({ WAS: 'newer', VALUE: 'newest' }));
    const never = attempt(step({}));
    for (const one of [stands, drifted, gone]) deliver(one);
    inspect(never);
    expect(deliver(attempt({ step: revertStep(gone.id, []), scripts: REVERT_SCRIPTS }))).toMatchObject({
      left: 'kept',
    });
    deliver(attempt({ step: revertStep(a.id, []), scripts: REVERT_SCRIPTS }));
    const told = text('/var/lib/later')
      .split('\n')
      .filter((line) => line.includes(stands.id) || !/r1-web-\d+\/1$/.test(line));
    expect(told).toEqual([1, 2].map((n) => `/var/lib/runbolt/attempts/${stands.id}/${n}`).concat(''));
    for (const one of [before, drifted, gone, never]) expect(text('/var/lib/later')).not.toContain(`${one.id}/`);
  });

  it('says so when there is no room to begin', () => {
    host.run(
      'mkdir -p /var/lib/runbolt; mount -t tmpfs -o size=4k none /var/lib/runbolt; head -c 9000 /dev/zero > /var/lib/runbolt/x',
    );
    const state = deliver(attempt(step({})));
    host.run('umount /var/lib/runbolt');
    expect(state).toMatchObject({ kind: 'refused' });
  });
});
