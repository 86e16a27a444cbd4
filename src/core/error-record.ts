import { cut } from './text.js';

/** What a log keeps of an error. */
export interface ErrorRecord {
  readonly type: string;
  readonly message: string;
  /** Of the system, of a database, of Slack, or of a fault. */
  readonly code?: string;
  /** Where it was thrown, innermost first. */
  readonly at: readonly string[];
  readonly cause?: ErrorRecord;
}

const MAX_MESSAGE = 1_000;
const MAX_FRAMES = 8;
const MAX_CAUSES = 3;

/**
 * An error without what libraries hang onto theirs: ioredis the command (with the password of AUTH), drizzle the
 * parameters (in the message, too), HTTP clients the request with its headers. For every `err` that is logged.
 */
export const errorRecord = (error: unknown, depth = 0): ErrorRecord => {
  if (!(error instanceof Error)) return { type: typeof error, message: cut(String(error), MAX_MESSAGE), at: [] };
  const { cause } = error;
  if ('params' in error && cause instanceof Error && depth < MAX_CAUSES) return errorRecord(cause, depth + 1);
  const code = codeOf(error);
  return {
    type: error.name,
    message: 'params' in error ? 'a query failed' : cut(error.message, MAX_MESSAGE),
    ...(code === undefined ? {} : { code }),
    at: framesOf(error),
    ...(cause instanceof Error && depth < MAX_CAUSES ? { cause: errorRecord(cause, depth + 1) } : {}),
  };
};

const codeOf = (error: object): string | undefined => {
  if ('code' in error && (typeof error.code === 'string' || typeof error.code === 'number')) return String(error.code);
  return 'fault' in error && typeof error.fault === 'object' && error.fault !== null ? codeOf(error.fault) : undefined;
};

/** The lines of the stack without the message, which stands before them. */
const framesOf = ({ stack = '' }: Error): readonly string[] =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim());
