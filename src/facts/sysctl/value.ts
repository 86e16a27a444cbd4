/** What the kernel makes of a value that is written to a sysctl. */

// Documentation/networking/ip-sysctl.rst; tcp_tw_reuse: 2 (loopback only) is the default since Linux 4.19, before it 0.
// tcp_tw_recycle left in 4.12; the local range ends at 60999 since 4.2, before at 61000.
const KNOWN: Readonly<Record<string, { min: number; max: number; fallback: (kernel: Version) => string }>> = {
  'net.ipv4.tcp_tw_reuse': { min: 0, max: 2, fallback: (kernel) => (atLeast(kernel, 4, 19) ? '2' : '0') },
  'net.ipv4.tcp_tw_recycle': { min: 0, max: 1, fallback: () => '0' },
  'net.ipv4.ip_local_port_range': {
    min: 1,
    max: 65_535,
    fallback: (kernel) => (atLeast(kernel, 4, 2) ? '32768\t60999' : '32768\t61000'),
  },
};

export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** `6.1.0-13-amd64` is 6.1. */
const kernelVersion = (release: string): Version | undefined => {
  const found = /^(\d{1,3})\.(\d{1,4})(?:\D|$)/.exec(release);
  return found ? { major: Number(found[1]), minor: Number(found[2]) } : undefined;
};

const atLeast = (version: Version, major: number, minor: number): boolean =>
  version.major > major || (version.major === major && version.minor >= minor);

/** The value this kernel starts with, for the keys whose default is documented. */
export const kernelDefault = (key: string, release: string): string | undefined => {
  const version = kernelVersion(release);
  return version && KNOWN[key]?.fallback(version);
};

const integer = (word: string): number | undefined => {
  const found = /^(-?)(?:0[xX]([0-9a-fA-F]{1,12})|(0[0-7]{0,12})|([1-9][0-9]{0,14}))$/.exec(word);
  if (!found) return undefined;
  const size = found[2] ? Number.parseInt(found[2], 16) : found[3] ? Number.parseInt(found[3], 8) : Number(found[4]);
  return found[1] ? -size : size;
};

// Numbers end at a space, tab or line feed and nothing else (proc_wspace_sep in the kernel's sysctl.c).
const words = (text: string): string[] =>
  text
    .trimStart()
    .split(/[ \t\n]+/)
    .filter(Boolean);

/**
 * What `running` would read after `text` was written, or undefined when the kernel refuses it or that cannot be told.
 * Integers may be decimal, octal or hexadecimal. Words that are too many are passed over; too few set the first values, and
 * the others stay as in `before` (ip_local_port_range and tcp_rmem, measured on Linux 6.18).
 */
export const written = (key: string, text: string, running: string, before?: string): string | undefined => {
  const now = words(running).map(integer);
  if (now.length === 0 || now.some((n) => n === undefined)) return words(text).length === 0 ? undefined : text;
  const given = words(text).slice(0, now.length);
  const stays = given.length < now.length ? words(before ?? '').slice(given.length) : [];
  const numbers = [...given, ...stays].map(integer);
  if (given.length === 0 || numbers.length !== now.length) return undefined;
  const known = KNOWN[key];
  if (numbers.some((n) => n === undefined || (known && (n < known.min || n > known.max)))) return undefined;
  return numbers.join('\t');
};
