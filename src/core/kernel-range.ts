/** The kernels that a rule was measured on or is documented for. */
export interface KernelRange {
  readonly from?: Version;
  /** The last one, itself included. */
  readonly to?: Version;
  /** The first one that is not included. */
  readonly before?: Version;
}

type Version = readonly [major: number, minor: number];

const PART = /^(>=|<=|<)(\d{1,3})\.(\d{1,4})$/;
const BOUNDS = { '>=': 'from', '<=': 'to', '<': 'before' } as const;

/** Reads `>=4.2`, `<4.12`, `>=4.2 <=6.18`; undefined for anything else, and where no version is in between. */
export const readKernelRange = (text: string): KernelRange | undefined => {
  const range: { from?: Version; to?: Version; before?: Version } = {};
  for (const part of text.trim().split(/\s+/)) {
    const [, sign, major, minor] = PART.exec(part) ?? [];
    if (sign !== '>=' && sign !== '<=' && sign !== '<') return undefined;
    if (range[BOUNDS[sign]]) return undefined;
    range[BOUNDS[sign]] = [Number(major), Number(minor)];
  }
  const { from, to, before } = range;
  if (to && before) return undefined;
  return from && !holds({ ...(to && { to }), ...(before && { before }) }, from) ? undefined : range;
};

/** Whether a release such as `6.1.0-18-amd64` is in the range; only its first two numbers count. */
export const isWithin = (range: KernelRange, release: string): boolean | undefined => {
  const [, major, minor] = /^(\d{1,3})\.(\d{1,4})(?!\d)/.exec(release) ?? [];
  return major === undefined ? undefined : holds(range, [Number(major), Number(minor)]);
};

/** `Linux 4.2 to 6.18`, `Linux 4.2 and later`, `Linux before 4.12`. */
export const showKernelRange = ({ from, to, before }: KernelRange): string => {
  const first = from ? ` ${from.join('.')}` : '';
  if (to && from && compare(from, to) !== 0) return `Linux${first} to ${to.join('.')}`;
  if (to) return from ? `Linux${first}` : `Linux up to ${to.join('.')}`;
  if (before) return `Linux${first && `${first} and later,`} before ${before.join('.')}`;
  return `Linux${first} and later`;
};

const holds = ({ from, to, before }: KernelRange, version: Version): boolean =>
  (!from || compare(version, from) >= 0) &&
  (!to || compare(version, to) <= 0) &&
  (!before || compare(version, before) < 0);

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1];
