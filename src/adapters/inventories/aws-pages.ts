import { FaultError } from '../../core/fault.js';
import { unread } from './source.js';

const MAX_PAGES = 2_000;

interface Page {
  readonly NextToken?: string | undefined;
}

/**
 * Every page of an operation, an empty one with a token included. A token that comes a second time would lead in a circle:
 * then the whole is refused, as it is where a page cannot be had (`ask` rejects).
 */
export const allPages = async <T extends Page>(
  source: string,
  ask: (token: string | undefined) => Promise<T>,
): Promise<readonly T[]> => {
  const pages: T[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  for (;;) {
    const page = await ask(token);
    pages.push(page);
    token = page.NextToken === '' ? undefined : page.NextToken;
    if (token === undefined) return pages;
    if (seen.has(token) || pages.length >= MAX_PAGES) {
      const why = seen.has(token) ? 'AWS answers with a page that was there already' : `more than ${MAX_PAGES} pages`;
      throw new FaultError(unread(source, why, 'Ask again; if it stays so, look at the proxy on the way.').fault);
    }
    seen.add(token);
  }
};
