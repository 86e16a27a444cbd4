import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTCOMES } from '../../../../src/core/outcome.js';
import type { Body } from '../../../../src/doors/slack/blocks.js';
import { storedBody } from '../../../../src/doors/slack/blocks.js';
import { messagesOf } from '../../../../src/doors/slack/messages.js';
import type { RunView } from '../../../../src/engine/view.js';
import { aView, checkMessage, messageText } from '../../../rig/slack/index.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 4000 }),
  fc.constantFrom('<!channel>', '&'.repeat(5000), '`'.repeat(900), '\u0000', '', 'web-[1-9999]', '👩‍👩‍👧'.repeat(900)),
);
const hosts = { count: fc.nat(), hosts: text };
const actor = fc.record({ id: text, name: text });
const action = fc.constantFrom('plan', 'details', 'again', 'approve', 'deny', 'apply', 'cancel', 'revert' as const);
const at = fc.integer({ min: 0, max: 4_000_000_000_000 });

const plan = fc.record(
  {
    digest: fc.string({ maxLength: 64 }),
    short: text,
    approvers: fc.array(text, { maxLength: 60 }),
    selfApproval: fc.boolean(),
    expiresAt: at,
    targets: fc.nat(),
    effects: fc.array(fc.record({ text, ...hosts }), { maxLength: 80 }),
    refusals: fc.array(fc.record({ text, ...hosts }), { maxLength: 80 }),
    rollout: text,
    decided: fc.record(
      { verdict: fc.constantFrom('approved', 'confirmed', 'denied', 'expired' as const), actor, at },
      { requiredKeys: ['verdict', 'at'] },
    ),
  },
  {
    requiredKeys: [
      'digest',
      'short',
      'approvers',
      'selfApproval',
      'expiresAt',
      'targets',
      'effects',
      'refusals',
      'rollout',
    ],
  },
);

const view: fc.Arbitrary<RunView> = fc.record(
  {
    id: fc.string({ minLength: 1, maxLength: 40 }),
    version: fc.nat(),
    mode: fc.constantFrom('verify', 'plan', 'fix', 'revert' as const),
    command: text,
    selector: text,
    params: text,
    unmatched: text,
    title: text,
    environments: fc.array(text, { maxLength: 12 }),
    actor,
    startedAt: at,
    endedAt: at,
    phase: fc.constantFrom('gathering', 'deciding', 'rolling-out', 'ended' as const),
    coverage: fc.record({ total: fc.nat(), reached: fc.nat(), answered: fc.nat() }),
    waiting: fc.record({ ...hosts, limitMs: fc.nat() }),
    groups: fc.array(
      fc.record({
        mark: fc.constantFrom('critical', 'warning', 'unknown', 'unreachable', 'ok' as const),
        ...hosts,
        lines: fc.array(text, { maxLength: 20 }),
      }),
      { maxLength: 80 },
    ),
    knowledge: text,
    plan,
    rollout: fc.record(
      {
        done: fc.nat(),
        total: fc.nat(),
        canary: fc.record({ hosts: text, state: fc.constantFrom('waiting', 'changing', 'changed', 'failed' as const) }),
        etaMs: fc.nat(),
        halted: text,
      },
      { requiredKeys: ['done', 'total', 'canary'] },
    ),
    result: fc.record({
      outcomes: fc.dictionary(fc.constantFrom(...OUTCOMES), fc.nat()),
      groups: fc.array(fc.record({ outcome: fc.constantFrom(...OUTCOMES), ...hosts, reason: text }), { maxLength: 80 }),
      takenBack: fc.nat(),
      notTakenBack: fc.nat(),
      reverts: fc.array(
        fc.record({ run: text, actor, at, found: fc.constantFrom('change', 'nothing' as const), ...hosts }),
        { maxLength: 30 },
      ),
      proof: fc.array(text, { maxLength: 30 }),
    }),
    actions: fc.uniqueArray(action),
    parent: fc.string({ minLength: 1, maxLength: 20 }),
  },
  {
    requiredKeys: [
      'id',
      'version',
      'mode',
      'command',
      'selector',
      'title',
      'environments',
      'actor',
      'startedAt',
      'phase',
      'groups',
      'actions',
    ],
  },
);

const read = (v: RunView): Record<string, string> =>
  Object.fromEntries(
    messagesOf(v).map((m) => {
      const body = storedBody.parse(m.body);
      const checked = checkMessage(body.text, body.blocks);
      if (!checked.ok) throw new Error(checked.why);
      const message = {
        ts: '1',
        channel: 'C',
        user: 'U',
        fromBot: true,
        edits: 0,
        text: body.text,
        blocks: checked.blocks,
      };
      return [m.key, messageText(message)];
    }),
  );

describe('the messages of a run', () => {
  it('keep every limit of Slack, whatever the run says', () => {
    fc.assert(
      fc.property(view, (v) => {
        for (const { body } of messagesOf(v)) {
          const { text: words, blocks } = storedBody.parse(body);
          expect(checkMessage(words, blocks)).toMatchObject({ ok: true });
          expect(words.length).toBeLessThanOrEqual(4000);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('of a fleet with a hundred different findings fold what is too much, and name the file that has it', () => {
    const words = 'very & many different things are wrong here '.repeat(15);
    const groups = Array.from({ length: 100 }, (_, i) => ({
      mark: 'critical' as const,
      count: 1,
      hosts: `web-${i}`,
      lines: Array.from({ length: 12 }, () => words),
    }));
    const result = {
      outcomes: { failed: 100 },
      groups: groups.map((g) => ({ outcome: 'failed' as const, count: 1, hosts: g.hosts, reason: words })),
      ...{ takenBack: 0, notTakenBack: 0, reverts: [] },
      proof: Array.from({ length: 40 }, () => words),
    };
    const told = read(aView('r', { groups, result, knowledge: words, actions: ['details'] }));
    expect(told.summary).toMatch(/and \d+ more groups of hosts: press Details for report.txt/u);
    expect(told.result).toMatch(/and \d+ more reasons: press Details for report.txt/u);
  });

  it('never mention, link or open a fence for what a host said', () => {
    const hostile = '<!channel> <@U1> ```x``` <https://e.example|x>';
    const v = aView('r', {
      command: hostile,
      selector: hostile,
      environments: [hostile],
      actor: { id: 'slack:U1', name: hostile },
      groups: [{ mark: 'critical', count: 1, hosts: hostile, lines: [hostile] }],
      knowledge: hostile,
      result: {
        outcomes: { failed: 1 },
        groups: [{ outcome: 'failed', count: 1, hosts: 'a', reason: hostile }],
        ...{ takenBack: 0, notTakenBack: 0 },
        reverts: [
          { run: hostile, actor: { id: 'slack:U1', name: hostile }, at: 1, found: 'change', hosts: hostile, count: 1 },
        ],
        proof: [hostile],
      },
    });
    const wire = JSON.stringify(messagesOf(v, () => '14:32').map((m) => m.body));
    expect(wire).not.toMatch(/<[!@#h]|`/u);
  });

  it('read as the design shows them', () => {
    const told = read(
      aView('r', {
        phase: 'ended',
        endedAt: 1_700_000_001_200,
        coverage: { total: 12, reached: 12, answered: 12 },
        actions: ['plan', 'details', 'again'],
        groups: [
          { mark: 'critical', count: 9, hosts: 'web-[1-9]', lines: ['88-91 % of 28,232 ports used, mostly TIME_WAIT'] },
          { mark: 'warning', count: 2, hosts: 'web-[10-11]', lines: ['tcp_tw_reuse is 1 now, 2 after a reboot'] },
          { mark: 'ok', count: 1, hosts: 'web-12', lines: [] },
        ],
        knowledge: 'Pooling is the cure; reuse buys time.',
      }),
    );
    expect(told).toEqual({
      summary: [
        'PROD · tcp verify · web-* · 12 of 12 hosts reached · asked by @ana · 1.2 s',
        '✗ 9 hosts  web-[1-9]',
        '        88-91 % of 28,232 ports used, mostly TIME_WAIT',
        '! 2 hosts  web-[10-11]',
        '        tcp_tw_reuse is 1 now, 2 after a reboot',
        '✓ 1 host  web-12',
        'Pooling is the cure; reuse buys time.',
        '[Plan the fix] [Details] [Run again]',
      ].join('\n'),
    });
  });

  it('name the params that were given and what is not in the inventory: in the first message and in a run of its thread', () => {
    const told = { params: 'warn=100 widen=true', unmatched: 'web-[13-14], wbe-*' };
    const view = aView('r', { ...told, coverage: { total: 12, reached: 12, answered: 12 } });
    const fix = aView('f', { ...told, mode: 'fix', parent: 'r', coverage: { total: 12, reached: 0, answered: 0 } });
    expect(read(view).summary).toMatch(
      /^PROD · tcp verify · web-\* · warn=100 widen=true · 12 of 12 hosts reached · asked by @ana\n\? not in the inventory: web-\[13-14\], wbe-\*/u,
    );
    expect(read(fix).summary).toMatch(
      / · web-\* · warn=100 widen=true · .*\n\? not in the inventory: web-\[13-14\], wbe-\*/u,
    );
  });

  it('of a revert tell of no coverage, for nothing was read; of what was taken back, how many, by whom and when', () => {
    const { coverage: _, ...reverted } = aView('r', { mode: 'revert', command: 'tcp revert', phase: 'ended' });
    expect(read(reverted).summary).toMatch(/^PROD · tcp revert · web-\* · asked by @ana\b/u);
    const result = {
      ...{ outcomes: { changed: 2, failed: 3 }, groups: [], takenBack: 2, notTakenBack: 1, proof: [] },
      reverts: [
        { hosts: 'web-[1-2]', count: 2, run: 'r2', found: 'change', at: 0, actor: { id: 'slack:U2BO', name: 'bo' } },
      ],
    } as const;
    const message = messagesOf(aView('r', { mode: 'fix', phase: 'ended', result }), () => '14:32').find(
      (m) => m.key === 'result',
    );
    expect(storedBody.parse(message?.body).text).toMatch(
      /^2 changed, 3 failed · 2 taken back · 1 could not be taken back\n2 hosts web-\[1-2\] taken back by @bo at 14:32 \(run r2\)$/u,
    );
  });

  it('name the hosts still being read, with the limit after which they count as timed out', () => {
    const waiting = { hosts: 'web-[3-4]', count: 2, limitMs: 10_000 };
    const told = read(aView('r', { coverage: { total: 12, reached: 10, answered: 10 }, waiting }));
    expect(told.summary).toContain('? 2 hosts  web-[3-4]  still being read, counted as timed out after 10 s');
  });
});

describe('the message of a plan', () => {
  const planned = (change: Partial<NonNullable<RunView['plan']>>) =>
    aView('r', {
      mode: 'fix',
      parent: 'p',
      phase: 'deciding',
      actions: ['approve', 'deny', 'details'],
      plan: {
        digest: '7f3a9c21',
        short: '7f3a·9c21',
        approvers: ['S0SRE'],
        selfApproval: false,
        expiresAt: Date.UTC(2026, 0, 2, 14, 32),
        targets: 11,
        effects: [{ text: 'adds /etc/sysctl.d/99-zz-runbolt.conf', count: 11, hosts: 'web-[1-11]' }],
        refusals: [{ text: 'reuse: ports are held by ESTABLISHED', count: 1, hosts: 'web-12' }],
        rollout: 'canary web-1, then 25 % at a time, stops at the first failure',
        ...change,
      },
    });

  it('says who must decide and until when, every consequence with its hosts, and who gets no change', () => {
    expect(read(planned({})).plan).toBe(
      [
        'PROD · plan 7f3a·9c21 · 11 hosts · needs one of <!subteam^S0SRE>, not @ana · expires <!date^1767364320^{time}|14:32 UTC>',
        '• adds /etc/sysctl.d/99-zz-runbolt.conf  ·  11 hosts  web-[1-11]',
        '! not changed: reuse: ports are held by ESTABLISHED  ·  1 host  web-12',
        'canary web-1, then 25 % at a time, stops at the first failure',
        '[Approve] [Deny] [Details]',
      ].join('\n'),
    );
  });

  it('says who decided, and has no buttons after that', () => {
    const told = read(planned({ decided: { verdict: 'denied', actor: { id: 'slack:U2BO', name: 'bo' }, at: 0 } })).plan;
    expect(told).toContain('✗ denied by @bo at <!date^0^{time}|00:00 UTC>');
    expect(told).not.toMatch(/\[(Approve|Deny)/u);
  });

  it('says of the requester who pressed Apply that they confirmed it, not that they approved', () => {
    const actor = { id: 'slack:U1ANA', name: 'ana' };
    const view = planned({ approvers: [], decided: { verdict: 'confirmed', actor, at: 0 } });
    expect(read(view).plan).toContain('✓ confirmed by @ana at <!date^0^{time}|00:00 UTC>');
    const rollout = { done: 1, total: 4, canary: { hosts: 'web-1', state: 'changed' as const } };
    expect(read({ ...view, rollout }).rollout).toMatch(/^confirmed by @ana · canary web-1 ✓ · 1 of 4/u);
  });

  it('names the file that has the rest when not everything fits', () => {
    const effects = Array.from({ length: 400 }, (_, i) => ({
      text: `edits /etc/sysctl.conf:${i}`,
      count: 1,
      hosts: 'w',
    }));
    expect(read(planned({ effects })).plan).toContain('report.txt');
  });
});

describe('a button', () => {
  it('carries run, digest and message within 2000 characters', () => {
    const [{ body } = { body: undefined }] = messagesOf(aView('r'));
    const bodyOf = (raw: unknown): Pick<Body, 'text'> => storedBody.parse(raw);
    expect(JSON.stringify(bodyOf(body))).toContain(String.raw`\"runId\":\"r\",\"key\":\"summary\"`);
  });
});
