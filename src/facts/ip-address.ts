import { isIP } from 'node:net';

/** An IP address in its canonical spelling (RFC 5952 for IPv6); undefined for anything else. */
export const canonicalIp = (text: string): string | undefined => {
  const version = isIP(text);
  if (version === 4) return text;
  if (version === 0 || text.includes('%')) return undefined;
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
};

/** `10.0.0.1:80` or `[fd00::1]:80`; the address must be canonical. */
export const endpointOf = (address: string, port: number | string): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;
