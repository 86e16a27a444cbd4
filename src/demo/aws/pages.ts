import { answer, type Reply, refuse } from './reply.js';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/**
 * One page of a list. A token says what it goes on from and belongs to one operation; the service may return fewer items
 * than asked for, never more. Faults: the operation's own code for a token that it never gave.
 */
export const pageOf = <T>(
  list: readonly T[],
  operation: string,
  size: number,
  token: string | undefined,
  invalid = 'InvalidNextToken',
): Reply<Page<T>> => {
  const from = token === undefined ? 0 : offsetOf(token, operation);
  if (from === undefined) return refuse(invalid, 'The specified token is not valid.');
  const items = list.slice(from, from + size);
  const end = from + items.length;
  return answer(end < list.length ? { items, next: tokenOf(operation, end) } : { items });
};

const tokenOf = (operation: string, offset: number): string =>
  Buffer.from(`${operation}:${offset}`).toString('base64url');

const offsetOf = (token: string, operation: string): number | undefined => {
  const [of, offset] = Buffer.from(token, 'base64url').toString().split(':');
  return of === operation && /^\d{1,9}$/.test(offset ?? '') ? Number(offset) : undefined;
};
