import { describe, expect, it } from 'vitest';
import type { AuditOrigin } from '../../../../src/core/actor.js';
import { messagesOf } from '../../../../src/doors/slack/messages.js';
import { utcTime } from '../../../../src/doors/slack/safe-text.js';
import type { AuditView, Difference, RunView } from '../../../../src/engine/view.js';
import { aView, checkMessage, messageText, until } from '../../../rig/slack/index.js';
import { ANA, aRoom, OPS } from './workspace.js';

const DUE = Date.UTC(2026, 6, 2, 6, 0);
const HOUR = 3_600_000;
const none: Difference = { count: 0, groups: [] };
const some = (count: number, hosts: string, text: string): Difference => ({ count, groups: [{ hosts, count, text }] });
const audit = (change: Partial<AuditView> = {}): AuditView => ({
  ...{ schedule: 'nightly', dueAt: DUE, told: 'yes' },
  ...change,
});
const ended: Partial<RunView> = {
  ...{ phase: 'ended', startedAt: DUE, endedAt: DUE + 1_200, actions: ['plan', 'details', 'again'] },
  ...{ coverage: { total: 200, reached: 180, answered: 200 }, actor: { id: 'schedule:nightly', name: 'nightly' } },
};
const shown = (change: Partial<AuditView>, view: Partial<RunView> = ended): string => {
  const [first] = messagesOf(aView('run-1', { ...view, audit: audit(change) }), utcTime);
  const body = first?.body;
  if (typeof body !== 'object' || body === null || !('blocks' in body) || !('text' in body)) throw new Error('no body');
  const checked = checkMessage(String(body.text), body.blocks);
  if (!checked.ok) throw new Error(`${checked.error}: ${checked.why}`);
  const message = { ts: '1', channel: OPS, user: 'U0BOT', fromBot: true, edits: 0 };
  return messageText({ ...message, text: String(body.text), blocks: checked.blocks });
};
const news = (change: object) => ({
  news: {
    ...{ since: DUE - HOUR, before: { total: 200, reached: 180 }, found: none, gone: none, coverageDiffers: false },
    ...change,
  },
});

describe('an audit', () => {
  it('says its coverage, its schedule, how many findings are new and gone since when, and which', () => {
    const differs = news({ found: some(2, 'web-[1-2]', '88-91 % used'), gone: some(1, 'db-1', '<!channel> `x`') });
    expect(shown(differs).split('\n').slice(0, 4)).toEqual([
      'PROD · tcp verify · web-* · 180 of 200 hosts reached · schedule nightly · 1.2 s',
      '*2 new, 1 gone* since 05:00 UTC',
      'new  2 hosts  web-[1-2]  88-91 % used',
      'gone  1 host  db-1  <!channel> ˋxˋ',
    ]);
  });

  it.each([
    [news({}), '*nothing new* since 05:00 UTC'],
    [news({ since: DUE - 24 * HOUR }), '*nothing new* since 1 Jul 06:00 UTC'],
    [
      news({ coverageDiffers: true, before: { total: 200, reached: 190 } }),
      '*nothing new* since 05:00 UTC · then 190 of 200 reached',
    ],
    [
      news({ coverageDiffers: true }),
      '*nothing new* since 05:00 UTC · other hosts or checks could not be read than then',
    ],
    [{}, 'first audit of the schedule nightly'],
  ])('%j: %s', (change, expected) => {
    expect(shown(change).split('\n')[1]).toBe(expected);
  });

  it('says nothing of the kind while it goes on', () => {
    expect(shown({}, { coverage: { total: 9, reached: 0, answered: 0 } })).not.toContain('first audit');
  });

  it('that was missed says when and why, and offers to be run', () => {
    const missed = (times: number, firstAt: number) =>
      shown({ missed: { times, firstAt, reason: 'the bot was not running' } }, { ...ended, actions: ['again'] });
    expect(missed(1, DUE)).toBe(
      '! nightly missed 06:00 UTC: the bot was not running\nnothing is known of tcp verify web-* then\n[Run again]',
    );
    expect(missed(3, DUE - 2 * HOUR)).toContain('missed 3 audits, 04:00 UTC to 06:00 UTC: the bot');
    expect(missed(1_000, DUE - 900 * HOUR)).toContain(
      'missed 1000 audits and more, 25 May 18:00 UTC to 2 Jul 06:00 UTC:',
    );
  });

  it('stays within Slack’s limits however much is new', () => {
    const groups = Array.from({ length: 300 }, (_, i) => ({
      hosts: `web-${i}`.repeat(60),
      count: 1,
      text: 'x<&>'.repeat(200),
    }));
    const much = { count: 300, groups };
    expect(shown(news({ found: much, gone: much }))).toMatch(
      /new {2}and 294 more kinds\n[\s\S]*gone {2}and 294 more kinds/,
    );
  });
});

describe('the thread of an audit', () => {
  const room = aRoom();
  const origin: AuditOrigin = { door: 'schedule', schedule: 'nightly', channel: OPS, post: 'new', dueAt: DUE };
  const begin = (change: Partial<AuditView>): string => {
    const opened = room().engine.opened('tcp verify web-*', { id: 'schedule:nightly', name: 'nightly' }, origin);
    if (!opened.ok || opened.value.kind !== 'run') throw new Error('no run');
    room().engine.advance(opened.value.runId, { audit: audit(change) });
    return opened.value.runId;
  };
  const roots = () =>
    room()
      .slack.messages(OPS)
      .filter((m) => m.fromBot && !m.thread && !m.ephemeralTo);

  it('is not opened before it is known that it is to be told, then once', async () => {
    const { engine } = room();
    const quiet = begin({ told: 'awaited' });
    const loud = begin({ told: 'awaited' });
    engine.advance(loud, { ...ended, audit: audit() });
    await until('the second is told', () => roots().length === 1);
    engine.advance(quiet, { ...ended, audit: audit({ told: 'no' }) });
    await until('both are settled', () => engine.ledger.settled);
    expect(roots().map((m) => messageText(m).split('\n')[0])).toEqual([
      'PROD · tcp verify · web-* · 180 of 200 hosts reached · schedule nightly · 1.2 s',
    ]);
    expect(engine.ledger.threads.get(quiet)?.rows.size).toBe(0);
  });

  it('is opened once the bot is invited into its channel', async () => {
    const { engine, slack } = room();
    slack.channel('C0LATER', [ANA], false);
    const actor = { id: 'schedule:nightly', name: 'nightly' };
    const opened = engine.opened('tcp verify web-*', actor, { ...origin, channel: 'C0LATER' });
    if (!opened.ok || opened.value.kind !== 'run') throw new Error('no run');
    const { runId } = opened.value;
    engine.advance(runId, { ...ended, audit: audit() });
    await until('it was tried twice', () => (engine.ledger.row(runId, 'summary')?.attempts ?? 0) >= 2);
    slack.channel('C0LATER', [ANA]);
    await until('it is told', () => slack.messages('C0LATER').length === 1);
    await until('it is settled', () => engine.ledger.settled);
    expect(slack.messages('C0LATER')).toHaveLength(1);
  });

  it('is gone on with by a person’s run', async () => {
    const { engine, slack } = room();
    const run = begin({});
    engine.advance(run, { ...ended, audit: audit() });
    await until('it is told', () => engine.ledger.settled);
    const [root] = roots();
    if (!root) throw new Error('no thread');
    engine.onPress = (_, actor) => engine.opened('tcp fix web-*', actor, { door: 'slack', channel: OPS }, run);
    await slack.click(ANA, root, 'Plan the fix').acked;
    await until('the fix is told', () => slack.messages(OPS).some((m) => m.fromBot && m.thread === root.ts));
    expect(engine.presses).toMatchObject([{ press: { action: 'plan', runId: run }, actor: { id: 'slack:U1ANA' } }]);
    expect(roots()).toHaveLength(1);
  });
});
