import { z } from 'zod';

/** A text that a fact wrote as JSON into its value, checked by `schema`. */
export const json = <T>(schema: z.ZodType<T>) =>
  z.string().transform((text, context): T => {
    try {
      const parsed = schema.safeParse(JSON.parse(text));
      if (parsed.success) return parsed.data;
    } catch {
      // falls through to the issue
    }
    context.addIssue({ code: 'custom', message: 'not as the fact writes it' });
    return z.NEVER;
  });
