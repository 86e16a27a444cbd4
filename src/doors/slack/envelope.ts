import { z } from 'zod';

type Ack = (response?: unknown) => Promise<void>;
const isAck = (value: unknown): value is Ack => typeof value === 'function';

/** What @slack/socket-mode hands out as `slack_event`. */
export const envelope = z.object({
  ack: z.custom<Ack>(isAck),
  body: z.record(z.string(), z.unknown()),
  type: z.string().optional(),
  retry_num: z.number().optional(),
  retry_reason: z.string().optional(),
});

const goodbye = z.object({ type: z.literal('disconnect') });

/** Slack asks to leave this connection: `refresh_requested` every few hours, `warning` some seconds before. */
export const isGoodbye = (data: unknown): boolean => {
  if (typeof data !== 'string' || !data.includes('"disconnect"')) return false;
  try {
    return goodbye.safeParse(JSON.parse(data)).success;
  } catch {
    return false;
  }
};
