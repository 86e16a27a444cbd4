import { canonicalIp, endpointOf } from '../ip-address.js';

/** A `server` line of a configuration, as far as it can be compared: address and port are plain or it is not `clear`. */
export interface ServerLine {
  readonly line: number;
  readonly text: string;
  readonly name: string;
  /** `10.0.0.1:80`, `[fd00::1]:80`; empty where the line's address cannot be told from its text. */
  readonly endpoint: string;
  /** What follows the address, without a comment. */
  readonly rest: string;
  /** A backup is left as it is: it stands in for the others and comes from no inventory. */
  readonly backup: boolean;
}

const WORD = /^[A-Za-z0-9_.:-]+$/;

/** Takes a `server` line apart. Undefined where the name cannot be told (quotes, escapes, variables). */
export const serverLine = (line: number, text: string): ServerLine | undefined => {
  const [code = ''] = text.replace(/\r$/, '').split('#', 1);
  const [keyword, name = '', address = '', ...rest] = code.trim().split(/[ \t]+/);
  if (keyword !== 'server' || !WORD.test(name) || /["'\\$]/.test(code)) return undefined;
  return {
    line,
    text,
    name,
    endpoint: endpointIn(address) ?? '',
    rest: rest.join(' '),
    backup: rest.includes('backup'),
  };
};

/** The endpoint in the words of a configuration: `10.0.0.1:80`, `ipv4@10.0.0.1:80`, `[::1]:80`, `::1:80`. */
export const endpointIn = (address: string): string | undefined => {
  const [, host = '', digits = ''] = /^(?:ipv[46]@)?(.+):(\d{1,5})$/.exec(address) ?? [];
  const ip = canonicalIp(host.replace(/^\[(.+)\]$/, '$1'));
  const port = Number(digits);
  return ip !== undefined && port >= 1 && port <= 65_535 ? endpointOf(ip, port) : undefined;
};
