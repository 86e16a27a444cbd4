import type { ParamValue } from './run.js';

/** What a placeholder in a fact's or change's arguments can stand for. Secrets reach a host's script, never the ledger. */
export interface Bindings {
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly secrets: Readonly<Record<string, string>>;
}

const PLACEHOLDER = /^\{(params|secrets)\.([a-z][a-z0-9_]*)\}$/;

export interface Placeholder {
  readonly kind: 'params' | 'secrets';
  readonly name: string;
}

/**
 * Arguments with every text that is wholly `{params.NAME}` or `{secrets.NAME}` replaced by that value, typed as it is. A
 * secret that is not set is the empty text.
 */
export const bindArgs = (args: unknown, { params, secrets }: Bindings): unknown =>
  replaced(args, ({ kind, name }) => (kind === 'params' ? params[name] : (secrets[name] ?? '')));

/** The placeholders in arguments. */
export const placeholdersIn = (args: unknown): readonly Placeholder[] => {
  const found: Placeholder[] = [];
  replaced(args, (placeholder) => found.push(placeholder));
  return found;
};

/** Something that looks like a placeholder, in a text that is not wholly one: it stays as it is. */
const LIKE = /\{\s*(?:params?|secrets?)\s*\.\s*(\w+)\s*\}/;

/** The first text, with its path, in which a placeholder would not be replaced. */
export const unreplacedIn = (
  args: unknown,
  path: readonly string[] = [],
): { readonly path: readonly string[]; readonly text: string; readonly offset: number } | undefined => {
  if (typeof args === 'string') {
    const found = PLACEHOLDER.test(args) ? undefined : LIKE.exec(args);
    return found ? { path, text: found[0], offset: found.index } : undefined;
  }
  if (typeof args !== 'object' || args === null) return undefined;
  for (const [key, item] of Object.entries(args)) {
    const found = unreplacedIn(item, [...path, key]);
    if (found) return found;
  }
  return undefined;
};

const replaced = (args: unknown, value: (placeholder: Placeholder) => unknown): unknown => {
  if (typeof args === 'string') {
    const [, kind, name] = PLACEHOLDER.exec(args) ?? [];
    return name === undefined ? args : value({ kind: kind === 'secrets' ? 'secrets' : 'params', name });
  }
  if (Array.isArray(args)) return args.map((item: unknown) => replaced(item, value));
  if (typeof args !== 'object' || args === null) return args;
  return Object.fromEntries(Object.entries(args).map(([key, item]) => [key, replaced(item, value)]));
};
