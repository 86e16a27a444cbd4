import { RE2JS } from 're2js';
import { z } from 'zod';

const path = z
  .string()
  .max(500)
  .regex(/^\/[^/]+(?:\/[^/]+)*$/, 'A path is written from the root on, such as /etc/motd.')
  .refine((text) => !/\p{Cc}/u.test(text), 'A path has no control characters in it.')
  .refine((text) => !/\/\.\.?(?:\/|$)/.test(text), 'A path has no . or .. in it.');

const name = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user or group');

const pattern = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => {
    try {
      RE2JS.compile(text);
      return true;
    } catch {
      return false;
    }
  }, 'must be a regular expression (RE2)');

const oneLine = z
  .string()
  .min(1)
  .max(2_000)
  .regex(/^[^\n\r\0]+$/, 'must be one line');

/** Arguments of the change `file`: one way of saying what the content should be, or none, and mode and owner. */
export const fileArgs = z
  .strictObject({
    path,
    content: z
      .string()
      .max(32_000)
      .refine((text) => !text.includes('\0'), 'must be text without NUL')
      .optional(),
    line: z.strictObject({ text: oneLine, match: pattern.optional() }).optional(),
    absent: z.literal(true).optional(),
    mode: z
      .string()
      .regex(/^[0-7]{3,4}$/, 'must be octal digits in quotes, such as "0644"')
      .transform((mode) => mode.padStart(4, '0'))
      .optional(),
    owner: name.optional(),
    group: name.optional(),
  })
  .superRefine((args, context) => {
    const ways = (['content', 'line', 'absent'] as const).filter((way) => args[way] !== undefined);
    const meta = (['mode', 'owner', 'group'] as const).filter((what) => args[what] !== undefined);
    const say = (message: string) => context.addIssue({ code: 'custom', message });
    if (ways.length > 1) say(`takes one of content, line and absent, and has ${ways.join(' and ')}`);
    else if (args.absent && meta.length > 0) say(`is to be absent, and has a ${meta.join(' and ')}`);
    else if (ways.length + meta.length === 0)
      say('says nothing to change: content, line, absent, mode, owner or group');
    if (args.line?.match !== undefined && !RE2JS.compile(args.line.match).matcher(args.line.text).find())
      context.addIssue({
        code: 'custom',
        path: ['line', 'match'],
        message: 'must match `text`, or a second fix would not find its line',
      });
  });

export type Args = z.output<typeof fileArgs>;
