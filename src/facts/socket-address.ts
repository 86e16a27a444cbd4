/** An address and port as `ss` prints them (`127.0.0.1:80`, `[::ffff:10.0.0.1]:80`, `*:80`, `10.0.0.1%eth0:80`). */
export const ssAddress = (text: string): { readonly ip: string; readonly port: number } | undefined => {
  const [, host = '', port = ''] = /^(.*):(\d{1,5}|\*)$/.exec(text) ?? [];
  if (host === '') return undefined;
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  if (!/^(?:\*|[0-9a-fA-F:.]+)$/.test(bare)) return undefined;
  return { ip: bare.replace(/^::ffff:(?=\d+\.)/, ''), port: port === '*' ? 0 : Number(port) };
};

/** The same of /proc/net/tcp: hex of fixed width, each 32-bit word in the host's byte order (little-endian). */
export const procAddress = (text: string): { readonly ip: string; readonly port: number } | undefined => {
  const [, hex = '', port = ''] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(text) ?? [];
  if (hex === '') return undefined;
  const bytes = hex.match(/.{8}/g)?.flatMap((word) => (word.match(/../g) ?? []).reverse()) ?? [];
  const number = Number.parseInt(port, 16);
  if (bytes.length === 4) return { ip: dotted(bytes), port: number };
  if (/^0{20}FFFF$/.test(bytes.slice(0, 12).join(''))) return { ip: dotted(bytes.slice(12)), port: number };
  const groups = bytes.flatMap((byte, i) => (i % 2 === 0 ? [Number.parseInt(byte + (bytes[i + 1] ?? ''), 16)] : []));
  return { ip: shortened(groups), port: number };
};

const dotted = (bytes: readonly string[]): string => bytes.map((byte) => Number.parseInt(byte, 16)).join('.');

/** IPv6 as people write it: the longest run of zero groups as `::`. */
const shortened = (groups: readonly number[]): string => {
  const text = groups.map((group) => group.toString(16)).join(':');
  const runs = [...text.matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length);
  const [run] = runs;
  if (!run) return text;
  return `${text.slice(0, run.index).replace(/:$/, '')}::${text.slice(run.index + run[0].length).replace(/^:/, '')}`;
};

export const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1';
