import { z } from 'zod';
import { checkMessage } from './limits.js';
import type { Message, Workspace } from './workspace.js';

export type Args = Readonly<Record<string, unknown>>;
export type Reply = { readonly ok: boolean; readonly error?: string } & Readonly<Record<string, unknown>>;
type Method = (w: Workspace, args: Args, base: string) => Reply;

/** The scope each method needs; `connections:write` belongs to the app token. */
export const SCOPES: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  'apps.connections.open': ['connections:write'],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'conversations.history': ['channels:history'],
  'conversations.replies': ['channels:history'],
  'conversations.info': ['channels:read'],
  'users.info': ['users:read'],
  'usergroups.list': ['usergroups:read'],
  'usergroups.users.list': ['usergroups:read'],
  'files.getUploadURLExternal': ['files:write'],
  'files.completeUploadExternal': ['files:write'],
};

const err = (error: string, why?: string): Reply => ({ ok: false, error, ...(why ? { why } : {}) });
const str = (args: Args, name: string): string => (typeof args[name] === 'string' ? args[name] : '');
const json = (args: Args, name: string): unknown => {
  const raw = args[name];
  return typeof raw === 'string' ? JSON.parse(raw) : raw;
};

const place = (w: Workspace, args: Args): Reply | undefined => {
  const channel = w.channels.get(str(args, 'channel'));
  if (!channel) return err('channel_not_found');
  if (channel.archived) return err('is_archived');
  return channel.members.has(w.bot) ? undefined : err('not_in_channel');
};

const content = (args: Args) => {
  if (args.link_names === 'true' || args.link_names === '1') return { fail: err('double_forbids', 'link_names') };
  if (args.parse === 'full') return { fail: err('double_forbids', 'parse: full') };
  const text = typeof args.text === 'string' ? args.text : undefined;
  const checked = checkMessage(text, json(args, 'blocks'));
  if (!checked.ok) return { fail: err(checked.error, checked.why) };
  return { text: text ?? '', blocks: checked.blocks };
};

const wire = (w: Workspace, m: Message, withMetadata: boolean): Readonly<Record<string, unknown>> => ({
  type: 'message',
  ts: m.ts,
  user: m.user,
  text: m.text,
  ...(m.fromBot ? { bot_id: w.botId } : {}),
  ...(m.thread ? { thread_ts: m.thread } : {}),
  ...(m.blocks.length > 0 ? { blocks: m.blocks } : {}),
  ...(withMetadata && m.metadata !== undefined ? { metadata: m.metadata } : {}),
});

const page = (w: Workspace, args: Args, all: readonly Message[]): Reply => {
  const limit = Math.min(Number(args.limit ?? 100), 999);
  const from = Number(str(args, 'cursor') || 0);
  const withMetadata = args.include_all_metadata === 'true' || args.include_all_metadata === true;
  const slice = all.slice(from, from + limit);
  const more = from + limit < all.length;
  return {
    ok: true,
    messages: slice.map((m) => wire(w, m, withMetadata)),
    has_more: more,
    response_metadata: { next_cursor: more ? String(from + limit) : '' },
  };
};

export const METHODS: Readonly<Record<string, Method>> = {
  'auth.test': (w) => ({ ok: true, team_id: w.team, team: 'Double', user: 'runbolt', user_id: w.bot, bot_id: w.botId }),

  'chat.postMessage': (w, args) => {
    const misplaced = place(w, args);
    if (misplaced) return misplaced;
    const said = content(args);
    if ('fail' in said) return said.fail ?? err('internal_error');
    const channel = str(args, 'channel');
    const thread = str(args, 'thread_ts');
    if (thread && !w.find(channel, thread)) return err('thread_not_found');
    const metadata = json(args, 'metadata');
    const m = w.add({ channel, user: w.bot, fromBot: true, ...said, metadata, ...(thread ? { thread } : {}) });
    return { ok: true, channel, ts: m.ts, message: wire(w, m, true) };
  },

  'chat.update': (w, args) => {
    const misplaced = place(w, args);
    if (misplaced) return misplaced;
    const m = w.find(str(args, 'channel'), str(args, 'ts'));
    if (!m || m.ephemeralTo) return err('message_not_found');
    if (m.user !== w.bot) return err('cant_update_message');
    const said = content(args);
    if ('fail' in said) return said.fail ?? err('internal_error');
    m.text = said.text;
    m.blocks = said.blocks;
    m.edits += 1;
    if (args.metadata !== undefined) m.metadata = json(args, 'metadata');
    return { ok: true, channel: m.channel, ts: m.ts, text: m.text };
  },

  'chat.postEphemeral': (w, args) => {
    const misplaced = place(w, args);
    if (misplaced) return misplaced;
    const channel = str(args, 'channel');
    const user = str(args, 'user');
    if (!w.channels.get(channel)?.members.has(user)) return err('user_not_in_channel');
    const said = content(args);
    if ('fail' in said) return said.fail ?? err('internal_error');
    const thread = str(args, 'thread_ts');
    const m = w.add({ channel, user: w.bot, fromBot: true, ...said, ephemeralTo: user, ...(thread ? { thread } : {}) });
    return { ok: true, message_ts: m.ts };
  },

  'conversations.history': (w, args) => {
    const misplaced = place(w, args);
    if (misplaced) return misplaced;
    const channel = str(args, 'channel');
    const oldest = Number(args.oldest ?? 0);
    const roots = w.messages.filter(
      (m) => m.channel === channel && !m.ephemeralTo && (!m.thread || m.thread === m.ts) && Number(m.ts) >= oldest,
    );
    return page(w, args, roots.reverse());
  },

  'conversations.replies': (w, args) => {
    const misplaced = place(w, args);
    if (misplaced) return misplaced;
    const channel = str(args, 'channel');
    const ts = str(args, 'ts');
    if (!w.find(channel, ts)) return err('thread_not_found');
    const oldest = Number(args.oldest ?? 0);
    const all = w.messages.filter(
      (m) => m.channel === channel && !m.ephemeralTo && (m.ts === ts || (m.thread === ts && Number(m.ts) >= oldest)),
    );
    return page(w, args, all);
  },

  'conversations.info': (w, args) => {
    const c = w.channels.get(str(args, 'channel'));
    if (!c) return err('channel_not_found');
    return {
      ok: true,
      channel: { id: c.id, name: c.name, is_member: c.members.has(w.bot), is_archived: c.archived },
    };
  },

  'users.info': (w, args) => {
    const p = w.people.get(str(args, 'user'));
    if (!p) return err('user_not_found');
    return {
      ok: true,
      user: {
        id: p.id,
        team_id: p.team ?? w.team,
        name: p.name,
        deleted: p.deleted ?? false,
        is_bot: p.bot ?? false,
        is_restricted: p.guest !== undefined,
        is_ultra_restricted: p.guest === 'single',
        ...(p.stranger ? { is_stranger: true } : {}),
        real_name: p.name,
        profile: { display_name: p.displayName ?? p.name, real_name: p.name },
      },
    };
  },

  'usergroups.list': (w) => ({
    ok: true,
    usergroups: [...w.usergroups.values()].map((g) => ({ id: g.id, handle: g.handle, name: g.handle })),
  }),

  'usergroups.users.list': (w, args) => {
    const group = w.usergroups.get(str(args, 'usergroup'));
    return group ? { ok: true, users: group.users } : err('no_such_subteam');
  },

  'files.getUploadURLExternal': (w, args, base) => {
    if (!str(args, 'filename') || Number(args.length) <= 0) return err('invalid_arguments');
    const id = `F${w.uploads.size + 1}`;
    w.uploads.set(id, { name: str(args, 'filename'), content: undefined });
    return { ok: true, file_id: id, upload_url: `${base}/upload/${id}` };
  },

  'files.completeUploadExternal': (w, args) => {
    const files = z.array(z.object({ id: z.string() })).safeParse(json(args, 'files'));
    const misplaced = place(w, { channel: str(args, 'channel_id') });
    if (misplaced) return misplaced;
    if (!files.success) return err('invalid_arguments');
    const uploads = files.data.map((f) => w.uploads.get(f.id));
    const done = uploads.flatMap((u) => (u?.content === undefined ? [] : [{ name: u.name, content: u.content }]));
    if (done.length !== files.data.length) return err('file_not_found');
    const thread = str(args, 'thread_ts');
    w.add({
      channel: str(args, 'channel_id'),
      user: w.bot,
      fromBot: true,
      text: str(args, 'initial_comment'),
      blocks: [],
      files: done,
      ...(thread ? { thread } : {}),
    });
    return { ok: true, files: files.data };
  },
};
