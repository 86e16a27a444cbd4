import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Button, checkMessage } from './limits.js';
import type { How } from './mischief.js';
import type { ResponseUrls } from './response-urls.js';
import type { Delivery, Sockets } from './sockets.js';
import type { Api } from './web-api.js';
import type { Message, Person } from './workspace.js';

const ackBody = z.object({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  response_type: z.string().optional(),
});

/** What tests do as people in the workspace, and what they can read of it. */
export class Face {
  constructor(
    readonly api: Api,
    readonly sockets: Sockets,
    readonly urls: ResponseUrls,
  ) {}

  person(person: Person): void {
    this.api.workspace.people.set(person.id, person);
  }

  channel(id: string, members: readonly string[], withBot = true): void {
    const all = new Set(withBot ? [...members, this.api.workspace.bot] : members);
    this.api.workspace.channels.set(id, { id, name: id.toLowerCase(), members: all, archived: false });
  }

  usergroup(id: string, handle: string, users: readonly string[]): void {
    this.api.workspace.usergroups.set(id, { id, handle, users });
  }

  /** Says something in the channel; a text that starts with a slash is a slash command. */
  say(user: string, channel: string, text: string): Delivery {
    return text.startsWith('/') ? this.#command(user, channel, text) : this.mention(user, channel, undefined, text);
  }

  /** Posts a text in a thread; delivered as app_mention when it names the bot. */
  mention(user: string, channel: string, thread: string | undefined, text: string): Delivery {
    const w = this.api.workspace;
    const said = w.add({ channel, user, fromBot: false, text, blocks: [], ...(thread ? { thread } : {}) });
    if (!text.includes(`<@${w.bot}>`)) return { acked: Promise.resolve(undefined), ackedInMs: () => undefined };
    return this.sockets.deliver('events_api', {
      type: 'event_callback',
      team_id: w.team,
      api_app_id: 'A0',
      event_id: `Ev${randomUUID()}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [{ team_id: w.team, user_id: w.bot, is_bot: true, is_enterprise_install: false }],
      event: { type: 'app_mention', user, text, ts: said.ts, channel, event_ts: said.ts, thread_ts: thread },
    });
  }

  /** Presses the button with this action_id or text on a message. */
  click(user: string, message: Message, actionOrText: string): Delivery {
    const w = this.api.workspace;
    const found = buttonOf(message, actionOrText);
    if (!found) throw new Error(`no button ${actionOrText} on: ${message.text}`);
    return this.sockets.deliver('interactive', {
      type: 'block_actions',
      team: { id: w.team, domain: 'double' },
      user: { id: user, username: w.people.get(user)?.name ?? user, team_id: w.team },
      api_app_id: 'A0',
      container: { type: 'message', message_ts: message.ts, channel_id: message.channel, thread_ts: message.thread },
      channel: { id: message.channel, name: message.channel },
      message: { type: 'message', ts: message.ts, thread_ts: message.thread, text: message.text, user: w.bot },
      trigger_id: randomUUID(),
      response_url: this.urls.issue(this.api.base(), message.channel, user),
      actions: [{ ...found.button, block_id: found.blockId ?? 'b', action_ts: w.ts() }],
    });
  }

  /** Uses a message shortcut on a message. `more`: what else the message has, `attachments` for example. */
  shortcut(user: string, message: Message, callbackId: string, more: Readonly<Record<string, unknown>> = {}): Delivery {
    const w = this.api.workspace;
    const name = w.people.get(user)?.name ?? user;
    return this.sockets.deliver('interactive', {
      type: 'message_action',
      token: 'verification-token',
      action_ts: w.ts(),
      team: { id: w.team, domain: 'double' },
      user: { id: user, username: name, team_id: w.team, name },
      channel: { id: message.channel, name: message.channel.toLowerCase() },
      is_enterprise_install: false,
      enterprise: null,
      callback_id: callbackId,
      trigger_id: randomUUID(),
      response_url: this.urls.issue(this.api.base(), message.channel, user),
      message_ts: message.ts,
      message: {
        type: 'message',
        user: message.user,
        ts: message.ts,
        team: w.team,
        text: message.text,
        ...(message.thread ? { thread_ts: message.thread } : {}),
        ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
        ...more,
      },
    });
  }

  /** What is visible in the channel, threads and ephemeral messages included, oldest first. */
  messages(channel: string): readonly Message[] {
    return this.api.workspace.messages.filter((m) => m.channel === channel);
  }

  /** What only this person sees. */
  ephemeral(user: string): readonly Message[] {
    return this.api.workspace.messages.filter((m) => m.ephemeralTo === user);
  }

  misbehave(method: string, how: How, times = 1, retryAfter = 1): void {
    this.api.mischief.plan(method, how, times, retryAfter);
  }

  /** From now on this workspace keeps no metadata, like the local Slack. */
  dropsMetadata(): void {
    this.api.workspace.keepsMetadata = false;
  }

  /** Deliveries without an ack within 3 s: a busy machine can be the reason. */
  get late(): readonly string[] {
    return this.sockets.late;
  }

  /** Everything that broke a limit or a rate. */
  get violations(): readonly string[] {
    return this.api.violations;
  }

  /** Methods of the Web API that were called, in order. */
  get calls(): readonly string[] {
    return this.api.calls.map(({ method }) => method);
  }

  #command(user: string, channel: string, text: string): Delivery {
    const w = this.api.workspace;
    const [command = '', ...rest] = text.split(' ');
    const delivery = this.sockets.deliver('slash_commands', {
      command,
      text: rest.join(' '),
      team_id: w.team,
      channel_id: channel,
      channel_name: channel.toLowerCase(),
      user_id: user,
      user_name: w.people.get(user)?.name ?? user,
      api_app_id: 'A0',
      is_enterprise_install: 'false',
      response_url: this.urls.issue(this.api.base(), channel, user),
      trigger_id: randomUUID(),
    });
    const acked = delivery.acked.then((payload) => {
      this.#showAck(payload, user, channel);
      return payload;
    });
    return { ...delivery, acked };
  }

  #showAck(payload: unknown, user: string, channel: string): void {
    const body = ackBody.safeParse(payload ?? {});
    if (!body.success || (!body.data.text && !body.data.blocks)) return;
    const checked = checkMessage(body.data.text, body.data.blocks);
    if (!checked.ok) {
      this.api.violations.push(`ack: ${checked.error} ${checked.why}`);
      return;
    }
    this.api.workspace.add({
      channel,
      user: this.api.workspace.bot,
      fromBot: true,
      text: body.data.text ?? '',
      blocks: checked.blocks,
      ...(body.data.response_type === 'in_channel' ? {} : { ephemeralTo: user }),
    });
  }
}

const buttonOf = (message: Message, wanted: string): { button: Button; blockId: string | undefined } | undefined => {
  for (const block of message.blocks) {
    const buttons = block.type === 'actions' ? block.elements : block.type === 'section' ? [block.accessory] : [];
    const button = buttons.find((b) => b && (b.action_id === wanted || b.text.text === wanted));
    if (button) return { button, blockId: block.block_id };
  }
  return undefined;
};
