import { describe, expect, it } from 'vitest';
import { failure, ok } from '../../../../src/core/fault.js';
import { messageWords } from '../../../../src/doors/slack/message-words.js';
import { messageText, until } from '../../../rig/slack/index.js';
import { ANA, aRoom, BO, OPS } from './workspace.js';

const room = aRoom();
const ERROR = 'dial tcp 10.0.3.7:6379: connect: cannot assign requested address';
const answers = () => {
  room().engine.onRequest = () =>
    ok({ kind: 'text', lines: ['1. `/tcp verify web-3` Ports', `    line 1 has "x": ${ERROR}`] });
};
/** What bo said in the channel, as the workspace keeps it. */
const said = (text: string) => {
  room().slack.say(BO, OPS, text);
  const message = room()
    .slack.messages(OPS)
    .find((m) => m.text === text);
  if (!message) throw new Error('nothing was said');
  return message;
};

describe('an error that is pasted', () => {
  it('comes with its lines to the engine, which answers its asker alone', async () => {
    answers();
    await room().slack.say(ANA, OPS, '/runbolt diagnose “panic:\n  a &lt;b&gt; <https://x.io|x.io>\n\tc” -- web-3')
      .acked;
    expect(room().engine.requests.map((r) => r.text)).toEqual([
      'runbolt diagnose "panic:\n  a <b> x.io\n\tc" -- web-3',
    ]);
    expect(room().slack.ephemeral(ANA).map(messageText)).toEqual([
      `1. \`/tcp verify web-3\` Ports\n    line 1 has "x": ${ERROR}`,
    ]);
  });

  it('may be said in a mention, in a thread as well', async () => {
    answers();
    const root = said(ERROR);
    await room().slack.mention(ANA, OPS, root.ts, `<@U0BOT> diagnose ${ERROR}`).acked;
    expect(room().engine.requests.map((r) => r.text)).toEqual([`diagnose ${ERROR}`]);
    await until('it is answered', () =>
      room()
        .slack.messages(OPS)
        .some((m) => m.fromBot && m.thread === root.ts),
    );
  });
});

describe('the shortcut on a message', () => {
  it('diagnoses what it says, and tells who used it alone', async () => {
    answers();
    const { slack, engine } = room();
    const delivery = slack.shortcut(ANA, said(`help!\n${ERROR}`), 'runbolt:diagnose');
    await delivery.acked;
    await until('ana is told', () => slack.ephemeral(ANA).length === 1);
    expect(engine.requests).toMatchObject([
      { text: `runbolt diagnose help!\n${ERROR}`, actor: { id: 'slack:U1ANA', name: 'ana' } },
    ]);
    expect(slack.ephemeral(ANA).map(messageText)[0]).toContain('`/tcp verify web-3`');
    expect(slack.ephemeral(BO)).toEqual([]);
  });

  it('that is delivered twice answers once', async () => {
    answers();
    const { slack } = room();
    slack.sockets.duplicates = 1;
    await slack.shortcut(ANA, said(ERROR), 'runbolt:diagnose').acked;
    await until('ana is told', () => slack.ephemeral(ANA).length > 0);
    slack.sockets.duplicates = 0;
    await slack.shortcut(ANA, said(ERROR), 'runbolt:diagnose').acked;
    await until('ana is told of the second', () => slack.ephemeral(ANA).length > 1);
    expect(slack.ephemeral(ANA)).toHaveLength(2);
  });

  it('tells in the thread where the message stands in one', async () => {
    answers();
    const { slack } = room();
    const root = said('an incident');
    slack.mention(BO, OPS, root.ts, ERROR);
    const reply = slack.messages(OPS).find((m) => m.text === ERROR);
    if (!reply) throw new Error('no reply');
    await slack.shortcut(ANA, reply, 'runbolt:diagnose').acked;
    await until('ana is told', () => slack.ephemeral(ANA).length === 1);
    expect(slack.ephemeral(ANA)[0]?.thread).toBe(root.ts);
  });

  it('works in a channel that the bot is not in', async () => {
    answers();
    const { slack } = room();
    slack.channel('C0ELSE', [ANA, BO], false);
    slack.say(BO, 'C0ELSE', ERROR);
    const [message] = slack.messages('C0ELSE');
    if (!message) throw new Error('nothing was said');
    await slack.shortcut(ANA, message, 'runbolt:diagnose').acked;
    await until('ana is told', () => slack.ephemeral(ANA).length === 1);
  });

  it('reads what other programs post: attachments and fields', async () => {
    answers();
    const { slack, engine } = room();
    const attachments = [{ fallback: 'alert', title: 'web-3', fields: [{ title: 'log', value: ERROR }] }];
    await slack.shortcut(ANA, said('FIRING'), 'runbolt:diagnose', { attachments }).acked;
    await until('it is asked', () => engine.requests.length === 1);
    expect(engine.requests[0]?.text).toBe(`runbolt diagnose FIRING\nweb-3\n${ERROR}`);
  });

  it('on a message without words says so', async () => {
    const { slack, engine } = room();
    engine.onRequest = () => failure('argument_unexpected', '`diagnose` needs an error.', 'Paste it.');
    await slack.shortcut(ANA, said(' '), 'runbolt:diagnose').acked;
    await until('ana is told', () => slack.ephemeral(ANA).length === 1);
    expect(slack.ephemeral(ANA).map(messageText)).toEqual(['✗ `diagnose` needs an error.\nPaste it.']);
  });
});

describe('the words of a message', () => {
  it('are those of its blocks where it has no text, pieces of a line together', () => {
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'FIRING' } },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'on ' },
              { type: 'text', text: 'web-3' },
            ],
          },
          { type: 'rich_text_preformatted', elements: [{ type: 'text', text: ERROR }] },
        ],
      },
      { type: 'section', fields: [{ type: 'mrkdwn', text: 'a' }] },
    ];
    expect(messageWords({ text: '', blocks })).toBe(`FIRING\non web-3\n${ERROR}\na`);
  });

  it.each([
    [undefined],
    [7],
    [{ text: 7, attachments: 'x', blocks: [[[[[[[[['deep']]]]]]]]] }],
    [{ attachments: [{}] }],
  ])('are none where there are none: %j', (message) => {
    expect(messageWords(message)).toBe('');
  });
});
