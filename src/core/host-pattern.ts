import { expandRanges, foldNames } from './names.js';
import type { Target } from './target.js';
import { cut } from './text.js';

/** One name in a selector: `web-1`, `web-*`, `web-[1-12]`, or a group `@edge`. */
export interface HostPattern {
  /** As it is written. */
  readonly text: string;
  matches(target: Target): boolean;
  /** What of it no host is: all of it, or those names of a range that are missing. Undefined when nothing is. */
  absent(fleet: readonly Target[]): Absent | undefined;
  /** The selector that a group stands for. */
  readonly standsFor?: string;
}

/** `whole`: no host at all matches. `part`: these names of a range are missing (folded), others are there. */
type Absent = { readonly kind: 'whole' } | { readonly kind: 'part'; readonly names: string };

const MAX_SHOWN = 300;

/** A pattern of names. Undefined when a range in it cannot be read. */
export const namePattern = (text: string): HostPattern | undefined => {
  const members = expandRanges(text);
  if (!members) return undefined;
  const isGlob = (member: string) => /[*?]/.test(member);
  const exact = new Set(members.filter((m) => !isGlob(m)));
  const globs = members.filter(isGlob);
  return {
    text,
    matches: ({ name }) => exact.has(name) || globs.some((g) => globMatches(g, name)),
    absent: (fleet) => {
      const names = new Set(fleet.map((t) => t.name));
      const there = (member: string) =>
        isGlob(member) ? fleet.some((t) => globMatches(member, t.name)) : names.has(member);
      const missing = members.filter((m) => !there(m));
      if (missing.length === 0) return undefined;
      if (missing.length === members.length) return { kind: 'whole' };
      return { kind: 'part', names: cut(foldNames(missing), MAX_SHOWN) };
    },
  };
};

/** A group: the hosts that its own selector means, what that leaves out included. */
export const groupPattern = (text: string, standsFor: string, means: (target: Target) => boolean): HostPattern => ({
  text,
  standsFor,
  matches: means,
  absent: (fleet) => (fleet.some(means) ? undefined : { kind: 'whole' }),
});

/** Glob match in linear space, without regular expressions: `*` any run, `?` any one character. */
export const globMatches = (glob: string, name: string): boolean => {
  let g = 0;
  let n = 0;
  let star = -1;
  let mark = 0;
  while (n < name.length) {
    if (g < glob.length && (glob[g] === '?' || (glob[g] !== '*' && glob[g] === name[n]))) {
      g++;
      n++;
    } else if (glob[g] === '*') {
      star = g++;
      mark = n;
    } else if (star !== -1) {
      g = star + 1;
      n = ++mark;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
};
