import { describe, expect, it } from 'vitest';
import type { AuditOrigin } from '../../../src/core/actor.js';
import { foldRun, type Observation, openRun, type Run } from '../../../src/core/run.js';
import { auditOf } from '../../../src/engine/audit.js';
import { observation, opened, silent, verdict } from '../../rig/sample-run.js';
import { sampleRunbook } from '../../rig/sample-runbook.js';

const RUNBOOK = sampleRunbook();
const EACH = {
  ...RUNBOOK,
  checks: RUNBOOK.checks.map((c) => ({ ...c, each: { item: 'disk', fact: 'root', path: ['disks'] } })),
};

/** Audits of one schedule, an hour apart; each knows the one before. */
class Audits {
  readonly runs = new Map<string, Run>();
  post: AuditOrigin['post'] = 'new';
  runbook: typeof RUNBOOK = RUNBOOK;
  unmatched: readonly string[] = [];

  /** One more audit of `hosts` hosts, which saw this; not ended when `seen` is undefined. */
  add(seen: readonly Observation[] | undefined, hosts = 3, more: Partial<AuditOrigin> = {}): Run {
    const n = this.runs.size;
    const origin: AuditOrigin = {
      ...{ door: 'schedule', schedule: 'nightly', channel: 'C0OPS', post: this.post, dueAt: n * 3_600_000 },
      ...(n > 0 && { previous: `r${n - 1}` }),
      ...more,
    };
    let run = openRun(`r${n}`, opened(hosts, { origin, unmatched: this.unmatched }));
    if (seen) {
      run = foldRun(run, { kind: 'observed', at: 2_000, observations: seen });
      run = foldRun(run, { kind: 'ended', at: 3_000, outcomes: {} });
    }
    this.runs.set(run.id, run);
    return run;
  }

  of(run: Run) {
    return auditOf(run, this.runbook, { run: async (id) => this.runs.get(id) });
  }

  /** What the last audit is told as: `yes +1 -0`. */
  async told(): Promise<string> {
    const run = [...this.runs.values()].at(-1);
    const audit = run && (await this.of(run));
    const news = audit?.news;
    return `${audit?.told}${news ? ` +${news.found.count} -${news.gone.count}${news.coverageDiffers ? ' coverage' : ''}` : ''}`;
  }
}

const bad = (name: string, more = {}) => observation(name, { verdicts: [verdict('fail', more)] });
const good = (name: string) => observation(name, { verdicts: [verdict('pass')] });
const unclear = (name: string) => observation(name, { verdicts: [verdict('error')] });
const percent = (n: number) => ({ message: { template: '{0} % used', values: [n] } });

describe('an audit is told', () => {
  it('the first time, then only when its findings differ from those before', async () => {
    const audits = new Audits();
    audits.add([bad('web-1'), good('web-2'), good('web-3')]);
    expect(await audits.told()).toBe('yes');
    audits.add([bad('web-1', percent(97)), good('web-2'), good('web-3')]);
    expect(await audits.told()).toBe('no +0 -0');
    audits.add([bad('web-1'), bad('web-2'), good('web-3')]);
    expect(await audits.told()).toBe('yes +1 -0');
    audits.add([good('web-1'), bad('web-2'), bad('web-3')]);
    expect(await audits.told()).toBe('yes +1 -1');
  });

  it('with what is new and what is gone, folded, since when, and how many hosts were reached then', async () => {
    const audits = new Audits();
    audits.add([bad('web-1', percent(90)), good('web-2'), silent('web-3')]);
    const run = audits.add([good('web-1'), bad('web-2', percent(88)), bad('web-3', percent(95))]);
    expect((await audits.of(run))?.news).toEqual({
      since: 0,
      before: { total: 3, reached: 2 },
      found: { count: 2, groups: [{ hosts: 'web-[2-3]', count: 2, text: '88-95 % used' }] },
      gone: { count: 1, groups: [{ hosts: 'web-1', count: 1, text: '90 % used' }] },
      coverageDiffers: true,
    });
  });

  it('when another host cannot be reached, whose findings are then neither new nor gone', async () => {
    const audits = new Audits();
    audits.add([bad('web-1'), good('web-2'), good('web-3')]);
    audits.add([silent('web-1'), good('web-2'), good('web-3')]);
    expect(await audits.told()).toBe('yes +0 -0 coverage');
    audits.add([silent('web-1'), good('web-2'), good('web-3')]);
    expect(await audits.told()).toBe('no +0 -0');
    audits.add([bad('web-1'), good('web-2'), good('web-3')]);
    expect(await audits.told()).toBe('yes +0 -0 coverage');
  });

  it('when a check cannot be judged any more, which does not make its finding go', async () => {
    const audits = new Audits();
    audits.add([bad('web-1'), good('web-2'), good('web-3')]);
    audits.add([unclear('web-1'), good('web-2'), good('web-3')]);
    expect(await audits.told()).toBe('yes +0 -0 coverage');
    audits.add([good('web-1'), good('web-2'), good('web-3')]);
    expect(await audits.told()).toBe('yes +0 -1 coverage');
  });

  it('when the hosts are others than before', async () => {
    const audits = new Audits();
    audits.add([good('web-1'), good('web-2')], 2);
    audits.add([good('web-1'), good('web-2'), good('web-3')], 3);
    expect(await audits.told()).toBe('yes +0 -0 coverage');
  });

  it('when other hosts that its selector names are not in the inventory', async () => {
    const audits = new Audits();
    const all = [good('web-1'), good('web-2'), good('web-3')];
    audits.add(all);
    audits.unmatched = ['wbe-4'];
    audits.add(all);
    expect(await audits.told()).toBe('yes +0 -0 coverage');
    audits.add(all);
    expect(await audits.told()).toBe('no +0 -0');
  });

  it('as the first one when it was another runbook before', async () => {
    const audits = new Audits();
    const before = audits.add([good('web-1'), good('web-2'), good('web-3')]);
    const request = { ...before.opened.request, runbook: 'memory' };
    audits.runs.set('r0', { ...before, opened: { ...before.opened, request } });
    audits.add([good('web-1'), good('web-2'), good('web-3')]);
    expect(await audits.told()).toBe('yes');
  });

  it('compared with the last one that read anything: a missed one says nothing of the hosts', async () => {
    const audits = new Audits();
    audits.add([bad('web-1'), good('web-2'), good('web-3')]);
    const missed = audits.add([], 0, { missed: { times: 1, firstAt: 3_600_000, reason: 'down' } });
    expect((await audits.of(missed))?.told).toBe('yes');
    audits.add([bad('web-1'), good('web-2'), good('web-3')]);
    expect(await audits.told()).toBe('no +0 -0');
  });

  it('for each item of a list by what it says, apart from its numbers', async () => {
    const audits = new Audits();
    audits.runbook = EACH;
    const disks = (...names: readonly string[]) =>
      observation('web-1', {
        verdicts: names.map((name) => verdict('fail', { message: { template: '{0} {1} % used', values: [name, 90] } })),
      });
    audits.add([disks('sda', 'sdb')], 1);
    audits.add([disks('sdb', 'sda')], 1);
    expect(await audits.told()).toBe('no +0 -0');
    audits.add([disks('sdb', 'sdc', 'sdc')], 1);
    expect(await audits.told()).toBe('yes +2 -1');
  });
});

describe('where a schedule is told', () => {
  it.each([
    ['new', 'awaited', 'yes'],
    ['always', 'yes', 'yes'],
    ['never', 'no', 'no'],
  ] as const)('%s: while it goes on %s, in the end %s', async (post, before, after) => {
    const audits = new Audits();
    audits.post = post;
    audits.add(undefined);
    expect(await audits.told()).toBe(before);
    audits.runs.clear();
    audits.add([bad('web-1')]);
    expect(await audits.told()).toBe(after);
  });

  it('always also tells that nothing is new', async () => {
    const audits = new Audits();
    audits.post = 'always';
    audits.add([good('web-1')]);
    audits.add([good('web-1')]);
    expect(await audits.told()).toBe('yes +0 -0');
  });

  it('of runs that a person asked for, nothing', async () => {
    expect(await auditOf(openRun('r', opened(1)), RUNBOOK, { run: async () => undefined })).toBeUndefined();
  });
});
