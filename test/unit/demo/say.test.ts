import { describe, expect, it } from 'vitest';
import { type Fault, failure, fault, ok } from '../../../src/core/fault.js';
import { converse, type Step } from '../../../src/demo/say.js';
import type { SlackClient } from '../../../src/demo/slack/client.js';
import type { SlackMessage } from '../../../src/demo/slack/messages.js';

const withButton = (ts: string, label: string, thread?: string): SlackMessage => ({
  ts,
  ...(thread === undefined ? {} : { thread_ts: thread }),
  user: 'U0DEMOBOT',
  text: '',
  blocks: [
    { type: 'actions', elements: [{ type: 'button', action_id: label, text: { type: 'plain_text', text: label } }] },
  ],
});

const script = (shown: SlackMessage[]) => {
  const pressed: string[] = [];
  const slack: SlackClient = {
    say: async (_person, _channel, text) =>
      text === '/bad' ? failure('command_unknown', 'no such command', 'try another') : ok({ ts: undefined }),
    click: async (person, _channel, ts, button) => {
      pressed.push(`${person} ${button} ${ts}`);
      return ok(undefined);
    },
    history: async () => ok(shown),
    thread: async () => ok(shown),
  };
  const lines: string[] = [];
  const refusals: (Fault | undefined)[] = [];
  const run = (steps: readonly Step[], settled = async (_signal: AbortSignal): Promise<void> => {}) =>
    converse({
      slack,
      steps,
      settled,
      refusal: () => refusals.shift(),
      onText: (text) => lines.push(text),
      signal: new AbortController().signal,
      limitMs: 200,
    });
  return { run, pressed, lines, refusals };
};

describe('a conversation', () => {
  it('presses the button on the newest message that shows it', async () => {
    const { run, pressed } = script([
      withButton('10.000002', 'Approve', '10.000001'),
      withButton('10.000010', 'Approve', '10.000001'),
      withButton('9.000011', 'Approve'),
      withButton('11.000001', 'Deny'),
    ]);
    expect(await run([{ kind: 'click', person: 'bo', button: 'approve' }])).toMatchObject({ ok: true });
    expect(pressed).toEqual(['bo approve 10.000010']);
  });

  it('says which buttons there are when the one is not shown in time', async () => {
    const { run } = script([withButton('1.000001', 'Deny')]);
    expect(await run([{ kind: 'click', person: 'bo', button: 'Approve' }])).toEqual({
      ok: false,
      fault: {
        code: 'argument_unexpected',
        message: 'No message in #ops shows a button “Approve”.',
        next: 'Buttons shown: Deny.',
      },
    });
  });

  it('goes on behind a step that the bot refused, and says which it was', async () => {
    const { run, pressed, refusals } = script([withButton('1.000001', 'Approve')]);
    const why = fault('not_approver', 'Who asked for a change cannot approve it.', 'Ask bo.');
    refusals.push(undefined, why, undefined);
    const done = await run([
      { kind: 'say', person: 'ana', text: '/tcp fix web-7' },
      { kind: 'click', person: 'ana', button: 'Approve' },
      { kind: 'click', person: 'bo', button: 'Approve' },
    ]);
    expect(done).toEqual({ ok: true, value: [{ step: '@ana presses [Approve]', why }] });
    expect(pressed).toHaveLength(2);
  });

  it('ends at the step that fails, with its fault, and does no later one', async () => {
    const { run, lines, pressed } = script([withButton('1.000001', 'Approve')]);
    const done = await run([
      { kind: 'say', person: 'ana', text: '/bad' },
      { kind: 'click', person: 'bo', button: 'Approve' },
    ]);
    expect(done).toMatchObject({ ok: false, fault: { code: 'command_unknown' } });
    expect(lines).toEqual(['@ana: /bad']);
    expect(pressed).toEqual([]);
  });

  it('ends when nothing settles within the limit', async () => {
    const { run } = script([]);
    const never = (signal: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    expect(await run([{ kind: 'say', person: 'ana', text: '/tcp verify web-*' }], never)).toMatchObject({
      ok: false,
      fault: { message: 'Nothing settled within 0.2 s.' },
    });
  });

  it('ends although what it waits for does not look at the limit', async () => {
    const { run } = script([]);
    expect(await run([{ kind: 'say', person: 'ana', text: '/tcp' }], () => new Promise(() => {}))).toMatchObject({
      ok: false,
    });
  });
});
