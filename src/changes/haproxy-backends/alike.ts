import type { Found } from './found.js';
import type { Rendering } from './render.js';

/** What `options` may hold: words of a server line. */
export const OPTIONS = /^[A-Za-z0-9_.,:/%()@{}= -]*$/;

/** Options that decide how a server is spoken to: one that is spoken to otherwise than its neighbours may refuse it all. */
const PLAIN = /^(?:no-)?(?:check|ssl|check-ssl|(?:check-)?send-proxy(?:-v2[a-z0-9-]*)?)$/;

/** Likewise, with a word that follows. */
const VALUED = /^(?:(?:check-)?(?:alpn|sni|proto)|npn|ws|cookie|verify|verifyhost|ca-file|crt|socks4|namespace)$/;

/** Such options by their keyword, each as it would be given: names, and cookies, which are each server's own, as `{name}`. */
const spoken = ({ name, rest }: { readonly name: string; readonly rest: string }): ReadonlyMap<string, string> => {
  const words = rest.split(/\s+/);
  const found = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (PLAIN.test(word)) found.set(word, word);
    if (!VALUED.test(word)) continue;
    const value = words[++i] ?? '';
    found.set(word, `${word} ${word === 'cookie' ? '{name}' : value.replaceAll(name, '{name}')}`);
  }
  return found;
};

interface Unlike {
  /** Options that all servers which stay have and new lines would not: keywords, and as they would be given. */
  readonly all: ReadonlyMap<string, string>;
  /** Keywords of those that some have. */
  readonly some: readonly string[];
}

/** How the new lines would differ from the servers that stay. Backups are no example: they may be anything. */
const unlike = ({ kept, added }: Rendering): Unlike => {
  const [first] = added;
  if (!first) return { all: new Map(), some: [] };
  const own = spoken(first);
  const neighbours = kept.filter((one) => !one.backup).map(spoken);
  const lacking = new Map(neighbours.flatMap((one) => [...one].filter(([word]) => !own.has(word))));
  const has = (word: string) => neighbours.filter((one) => one.has(word)).length;
  return {
    all: new Map([...lacking].filter(([word]) => has(word) === neighbours.length)),
    some: [...lacking.keys()].filter((word) => has(word) < neighbours.length),
  };
};

/**
 * Why new lines may not be written with these options, undefined when they may. What the neighbours have is never taken
 * over by itself: a cookie or a name in it is one server's own.
 */
export const spokenOtherwise = ({ config }: Found, rendering: Rendering): string | undefined => {
  const { all } = unlike(rendering);
  if (all.size === 0) return undefined;
  const servers = rendering.kept.filter((one) => !one.backup);
  const who =
    servers.length === 1
      ? `The server of ${config.backend} has`
      : `All ${servers.length} servers of ${config.backend} have`;
  const wanted = `${rendering.options} ${[...all.values()].join(' ')}`.trim();
  const next = OPTIONS.test(wanted) ? `give options="${wanted}"` : 'write the line by hand';
  return `${who} ${[...all.keys()].join(' ')}, and ${rendering.added.length === 1 ? 'the new line' : 'new lines'} would not: ${next}.`;
};

/** What the approver is told of options that only some of the servers have. */
export const partlyOtherwise = (rendering: Rendering): string | undefined => {
  const { some } = unlike(rendering);
  return some.length === 0 ? undefined : `some servers have ${some.join(' ')}, new lines have not`;
};
