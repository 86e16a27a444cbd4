/** Host names with numbers in brackets: `web-[1-12]` stands for twelve names, and twelve names are shown as it. */

const MAX_EXPANSION = 10_000;

/**
 * All names that a pattern with ranges stands for: `web-[1-3,7]`, `db-[01-12]` (leading zeros are kept to that width),
 * `r[1-2]-web[1-2]`. `*` and `?` are left alone. Undefined when a range is malformed, runs backwards, or the whole is
 * more than 10,000 names.
 */
export const expandRanges = (pattern: string): readonly string[] | undefined => {
  const open = pattern.indexOf('[');
  if (open === -1) return pattern.includes(']') ? undefined : [pattern];
  const close = pattern.indexOf(']', open);
  if (close === -1) return undefined;
  const members = expandList(pattern.slice(open + 1, close));
  const rest = expandRanges(pattern.slice(close + 1));
  if (!members || !rest || members.length * rest.length > MAX_EXPANSION) return undefined;
  const head = pattern.slice(0, open);
  return members.flatMap((member) => rest.map((tail) => head + member + tail));
};

const expandList = (list: string): string[] | undefined => {
  const members: string[] = [];
  for (const item of list.split(',')) {
    const range = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(item.trim());
    if (!range?.[1]) return undefined;
    const from = Number(range[1]);
    const to = Number(range[2] ?? range[1]);
    if (to < from || members.length + to - from >= MAX_EXPANSION) return undefined;
    const width = range[1].startsWith('0') ? range[1].length : 0;
    for (let n = from; n <= to; n++) members.push(String(n).padStart(width, '0'));
  }
  return members;
};

/** Orders `web-2` before `web-10`. */
export const byName = (a: string, b: string): number =>
  a.localeCompare(b, 'en', { numeric: true }) || (a < b ? -1 : a > b ? 1 : 0);

/** Names folded for showing: `web-1, web-2, web-3, db-1` becomes `db-1, web-[1-3]`. */
export const foldNames = (names: readonly string[]): string => {
  const series = new Map<string, string[]>();
  const whole: string[] = [];
  for (const name of [...new Set(names)].sort(byName)) {
    const split = /^(.*?)(\d+)(\D*)$/.exec(name);
    if (!split) {
      whole.push(name);
      continue;
    }
    const [, head = '', digits = '', tail = ''] = split;
    const width = digits.startsWith('0') && digits.length > 1 ? digits.length : 0;
    const key = JSON.stringify([head, tail, width]);
    series.set(key, [...(series.get(key) ?? []), digits]);
  }
  const folded = [...series].map(([key, digits]) => {
    const [head, tail] = JSON.parse(key) as [string, string, number];
    return digits.length === 1 ? `${head}${digits[0]}${tail}` : `${head}[${foldNumbers(digits)}]${tail}`;
  });
  return [...whole, ...folded].sort(byName).join(', ');
};

const foldNumbers = (digits: readonly string[]): string => {
  const runs: [string, string][] = [];
  for (const digit of digits) {
    const last = runs.at(-1);
    if (last && Number(digit) === Number(last[1]) + 1) last[1] = digit;
    else runs.push([digit, digit]);
  }
  return runs.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',');
};
