/** Shell patterns as the sysctl loaders use them, matched without backtracking blow-up (their text is untrusted). */

/** True when the loaders treat this key as a pattern. */
export const isGlob = (pattern: string): boolean => /[*?[]/.test(pattern);

type Token = { readonly kind: 'any' } | { readonly kind: 'one'; readonly accepts: (c: string) => boolean };

const bracket = (pattern: string, at: number): { readonly token: Token; readonly next: number } | undefined => {
  let i = at + 1;
  const negated = pattern[i] === '!' || pattern[i] === '^';
  if (negated) i++;
  const ranges: [string, string][] = [];
  for (let first = true; i < pattern.length; first = false) {
    const c = pattern[i];
    if (c === undefined) return undefined;
    if (c === ']' && !first) {
      const accepts = (x: string) => ranges.some(([from, to]) => x >= from && x <= to) !== negated;
      return { token: { kind: 'one', accepts }, next: i + 1 };
    }
    const to = pattern[i + 2];
    if (pattern[i + 1] === '-' && to !== undefined && to !== ']') {
      ranges.push([c, to]);
      i += 3;
    } else {
      ranges.push([c, c]);
      i++;
    }
  }
  return undefined;
};

const tokens = (pattern: string): Token[] => {
  const list: Token[] = [];
  for (let i = 0; i < pattern.length; ) {
    const c = pattern[i] ?? '';
    const set = c === '[' ? bracket(pattern, i) : undefined;
    if (set) {
      list.push(set.token);
      i = set.next;
      continue;
    }
    const literal = c === '\\' && i + 1 < pattern.length ? (pattern[++i] ?? '') : undefined;
    if (literal === undefined && c === '*') list.push({ kind: 'any' });
    else if (literal === undefined && c === '?') list.push({ kind: 'one', accepts: () => true });
    else {
      const wanted = literal ?? c;
      list.push({ kind: 'one', accepts: (x) => x === wanted });
    }
    i++;
  }
  return list;
};

const matches = (pattern: string, text: string): boolean => {
  const parts = tokens(pattern);
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const part = parts[p];
    if (part?.kind === 'any') {
      star = p++;
      resume = t;
    } else if (part?.kind === 'one' && part.accepts(text[t] ?? '')) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (parts[p]?.kind === 'any') p++;
  return p === parts.length;
};

/** glob(3): each path component by itself; `*`, `?` and brackets never match a slash. */
export const matchesPath = (pattern: string, path: string): boolean => {
  const patterns = pattern.split('/').filter(Boolean);
  const parts = path.split('/').filter(Boolean);
  return patterns.length === parts.length && patterns.every((one, i) => matches(one, parts[i] ?? ''));
};

/** The alternatives of `{a,b}` as glob(3) with GLOB_BRACE expands them; at most 64. */
export const expandBraces = (pattern: string): readonly string[] => {
  let done: string[] = [pattern];
  for (let round = 0; round < 8; round++) {
    const next = done.flatMap((one) => {
      const found = /^([^{}]*(?:\{\}[^{}]*)*)\{([^{}]+)\}(.*)$/s.exec(one);
      if (!found) return [one];
      return (found[2] ?? '').split(',').map((choice) => `${found[1]}${choice}${found[3]}`);
    });
    if (next.length > 64) return [pattern];
    if (next.length === done.length && next.every((one, i) => one === done[i])) return done;
    done = next;
  }
  return done;
};
