const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const MOST = 10_000;
const LONGEST = 1_000;

/** Names that a host pattern of Ansible stands for, and its port: `web[01:50].example.com:2222`, `db-[a:f]`. */
export interface Expanded {
  readonly names: readonly string[];
  readonly port?: number;
}

/** Undefined where a range is malformed, runs backwards, or stands for more than 10,000 names. */
export const expandPattern = (pattern: string): Expanded | undefined => {
  if (pattern.length > LONGEST) return undefined;
  const six = /^\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\](?::(\d{1,5}))?$/.exec(pattern);
  if (six?.[1] !== undefined) return withPort([six[1]], six[2]);
  const [, head = pattern, port] = /^((?:[^:[\]]|\[[^\]]*\])+):(\d{1,5})$/.exec(pattern) ?? [];
  const names = expand(head);
  return names && withPort(names, port);
};

const withPort = (names: readonly string[], port: string | undefined): Expanded | undefined => {
  if (port === undefined) return { names };
  const number = Number(port);
  return number >= 1 && number <= 65_535 ? { names, port: number } : undefined;
};

const expand = (pattern: string): readonly string[] | undefined => {
  const open = pattern.indexOf('[');
  if (open === -1) return pattern.includes(']') ? undefined : [pattern];
  const close = pattern.indexOf(']', open);
  if (close === -1) return undefined;
  const members = range(pattern.slice(open + 1, close));
  const tails = members && expand(pattern.slice(close + 1));
  if (!members || !tails || members.length * tails.length > MOST) return undefined;
  const head = pattern.slice(0, open);
  return members.flatMap((member) => tails.map((tail) => head + member + tail));
};

const range = (text: string): readonly string[] | undefined => {
  const bounds = text.split(':');
  const [from, to = '', step = '1'] = [bounds[0] || '0', bounds[1], bounds[2]];
  if (bounds.length < 2 || bounds.length > 3 || to === '' || !/^\d{1,4}$/.test(step) || step === '0') return undefined;
  const stride = Number(step);
  if (/^[a-zA-Z]$/.test(from) && /^[a-zA-Z]$/.test(to)) {
    const letters = LETTERS.slice(LETTERS.indexOf(from), LETTERS.indexOf(to) + 1);
    return letters === '' ? undefined : [...letters].filter((_, i) => i % stride === 0);
  }
  if (!/^\d{1,9}$/.test(from) || !/^\d{1,9}$/.test(to)) return undefined;
  const padded = from.length > 1 && from.startsWith('0');
  if (padded && from.length !== to.length) return undefined;
  const first = Number(from);
  const count = Math.floor((Number(to) - first) / stride) + 1;
  if (Number(to) < first || count > MOST) return undefined;
  return Array.from({ length: count }, (_, i) => String(first + i * stride).padStart(padded ? from.length : 0, '0'));
};
