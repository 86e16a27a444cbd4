import { describe, expect, it } from 'vitest';
import { buttonsOf, messageList, type SlackMessage } from '../../../src/demo/slack/messages.js';
import { plainText } from '../../../src/demo/slack/plain-text.js';
import { renderThread } from '../../../src/demo/slack/render.js';

const messages = (...all: unknown[]): readonly SlackMessage[] => messageList.parse({ messages: all }).messages;

describe('mrkdwn as plain text', () => {
  it.each([
    ['*12 hosts* are _well_', '12 hosts are well'],
    ['web-* and tcp_tw_reuse and 2*3*4 stay', 'web-* and tcp_tw_reuse and 2*3*4 stay'],
    ['`net.ipv4.tcp_tw_reuse` 2 → 1', 'net.ipv4.tcp_tw_reuse 2 → 1'],
    ['by <@U0DEMOANA> in <#C0DEMOOPS|ops>, not <@U404>', 'by @ana in #ops, not @U404'],
    ['needs <!subteam^S1|@sre>, tell <!here>', 'needs @sre, tell @here'],
    ['expires <!date^1795334169^{time}|14:32>', 'expires 14:32'],
    ['<https://x.example/a|the page> <https://x.example>', 'the page https://x.example'],
    ['a &lt;b&gt; &amp;amp; c', 'a <b> &amp; c'],
    ['```\nline 1\nline 2```', 'line 1\nline 2'],
    ['red \u001b[31mtext\u0007 \u202eback', 'red [31mtext back'],
  ])('%j reads %j', (mrkdwn, plain) => {
    expect(plainText(mrkdwn)).toBe(plain);
  });
});

describe('a thread as plain text', () => {
  const [root, reply] = messages(
    {
      ts: '1.000001',
      user: 'U0DEMOBOT',
      text: 'fallback',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'PROD · tcp verify · web-*' } },
        {
          type: 'section',
          text: { type: 'mrkdwn', text: '*9 hosts*\nweb-[1-9]' },
          fields: [{ type: 'mrkdwn', text: 'a `b`' }],
        },
        { type: 'divider' },
        {
          type: 'context',
          elements: [
            { type: 'mrkdwn', text: 'asked by <@U0DEMOANA>' },
            { type: 'mrkdwn', text: '1.2 s' },
          ],
        },
        {
          type: 'actions',
          block_id: 'b1',
          elements: [
            { type: 'button', action_id: 'plan', value: 'v', text: { type: 'plain_text', text: 'Plan the fix' } },
            { type: 'button', action_id: 'page', url: 'https://x', text: { type: 'plain_text', text: 'Page' } },
          ],
        },
        { type: 'data_table', rows: [] },
      ],
    },
    {
      ts: '2.000001',
      thread_ts: '1.000001',
      user: 'U0DEMOBOT',
      text: 'only you',
      ephemeral_to: 'U0DEMOBO',
      files: [{ name: 'r.json', title: null }],
    },
  );

  it('shows names, blocks, buttons, files and who sees it, replies indented', () => {
    expect(renderThread([root, reply].filter((one) => one !== undefined))).toBe(
      [
        '@runbolt:',
        '  PROD · tcp verify · web-*',
        '  9 hosts',
        '  web-[1-9]',
        '  a b',
        '  ---',
        '  asked by @ana 1.2 s',
        '  [Plan the fix]  [Page]',
        '  (data_table)',
        '  @runbolt: (only @bo sees this)',
        '    only you',
        '    (file: r.json)',
      ].join('\n'),
    );
  });

  it('has as buttons what can be pressed, not links', () => {
    expect(root && buttonsOf(root)).toEqual([{ label: 'Plan the fix', actionId: 'plan', blockId: 'b1', value: 'v' }]);
  });
});
