import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { checkMessage } from './limits.js';
import type { Workspace } from './workspace.js';

const USES = 5;
const MS = 30 * 60_000;

const post = z.object({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  response_type: z.enum(['ephemeral', 'in_channel']).optional(),
  replace_original: z.boolean().optional(),
  thread_ts: z.string().optional(),
});

/** The response_urls handed out: five uses in thirty minutes each, ephemeral unless told otherwise. */
export class ResponseUrls {
  readonly #urls = new Map<string, { channel: string; user: string; at: number; uses: number }>();

  constructor(
    readonly workspace: Workspace,
    readonly violations: string[],
  ) {}

  issue(base: string, channel: string, user: string): string {
    const id = randomUUID();
    this.#urls.set(id, { channel, user, at: Date.now(), uses: 0 });
    return `${base}/response/${id}`;
  }

  /** The HTTP status and text that Slack would answer a post to this URL with. */
  use(id: string, body: string): { readonly status: number; readonly text: string } {
    const url = this.#urls.get(id);
    if (!url || url.uses >= USES || Date.now() - url.at > MS) return { status: 404, text: 'used_url' };
    url.uses += 1;
    const parsed = post.safeParse(JSON.parse(body));
    const checked = parsed.success ? checkMessage(parsed.data.text, parsed.data.blocks) : undefined;
    if (!parsed.success || !checked?.ok) {
      this.violations.push(`response_url: ${checked && !checked.ok ? checked.why : 'not understood'}`);
      return { status: 400, text: 'invalid_payload' };
    }
    this.workspace.add({
      channel: url.channel,
      user: this.workspace.bot,
      fromBot: true,
      text: parsed.data.text ?? '',
      blocks: checked.blocks,
      ...(parsed.data.response_type === 'in_channel' ? {} : { ephemeralTo: url.user }),
      ...(parsed.data.thread_ts ? { thread: parsed.data.thread_ts } : {}),
    });
    return { status: 200, text: 'ok' };
  }
}
