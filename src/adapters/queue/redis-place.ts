import { isIP } from 'node:net';
import { failure, ok, type Result } from '../../core/fault.js';

/** What ioredis and BullMQ are told of it. */
export interface RedisAddress {
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: { readonly servername?: string };
  readonly sentinels?: { host: string; port: number }[];
  readonly name?: string;
  readonly failoverDetector?: boolean;
  readonly sentinelPassword?: string;
  readonly sentinelTLS?: Record<string, never>;
  readonly enableTLSForSentinelMode?: boolean;
}

/** A Redis as REDIS_URL names it. */
export interface RedisPlace {
  readonly options: RedisAddress;
  /** For people: `Redis at HOST:PORT`, never with a password. */
  readonly name: string;
}

const SENTINELS = /^(rediss?)\+sentinel:\/\/(?:([^/@]*)@)?([^/@?]+)\/([^/?]+)(?:\/(\d{1,4}))?(?:\?(.*))?$/;
const SENTINEL_PORT = 26_379;

/**
 * Reads REDIS_URL: `redis://` and `rediss://` (TLS) as ioredis takes them, or
 * `redis+sentinel://:PASSWORD@HOST:26379,HOST:26379/MASTER/0?sentinel_password=…` (`rediss+sentinel://`: TLS to all of
 * them). Fault `config_invalid` when it is none of these; it never repeats the URL.
 */
export const redisPlace = (url: string): Result<RedisPlace> => {
  const place = /^rediss?\+sentinel:/.test(url) ? behindSentinels(url) : direct(url);
  if (place) return ok(place);
  return failure(
    'config_invalid',
    'REDIS_URL is not a Redis URL.',
    'Write it as redis://USER:PASSWORD@HOST:6379/0, rediss:// for TLS, or redis+sentinel://HOST:26379,HOST:26379/MASTER.',
  );
};

const direct = (url: string): RedisPlace | undefined => {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const db = /^\/?(\d{0,4})$/.exec(pathname)?.[1];
  const login = loginOf(username, password);
  if (!/^rediss?:$/.test(protocol) || hostname === '' || db === undefined || !login) return undefined;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    name: `Redis at ${hostname}:${port || '6379'}`,
    options: {
      ...{ host, port: Number(port || '6379'), db: Number(db) },
      ...login,
      // An IP address is no server name; Node compares the certificate with the host then.
      ...(protocol === 'rediss:' && { tls: isIP(host) === 0 ? { servername: host } : {} }),
    },
  };
};

const behindSentinels = (url: string): RedisPlace | undefined => {
  const [, scheme, user = '', hosts = '', name = '', db = '0', query = ''] = SENTINELS.exec(url) ?? [];
  const sentinels = hosts.split(',').map((text) => {
    const [, host = '', port = SENTINEL_PORT] = /^([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?$/.exec(text) ?? [];
    return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
  });
  const [username = '', password = ''] = user.split(/:(.*)/s);
  const login = loginOf(username, password);
  if (scheme === undefined || !login || sentinels.some(({ host }) => host === '')) return undefined;
  const sentinelPassword = new URLSearchParams(query).get('sentinel_password');
  const tls = scheme === 'rediss';
  return {
    name: `Redis ${name} (Sentinels ${sentinels.map((s) => `${s.host}:${s.port}`).join(', ')})`,
    options: {
      ...{ sentinels, name, db: Number(db), failoverDetector: true },
      ...login,
      ...(sentinelPassword !== null && { sentinelPassword }),
      ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
    },
  };
};

/** Undefined when a part is no percent-encoding. */
const loginOf = (username: string, password: string): { username?: string; password?: string } | undefined => {
  try {
    return {
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
    };
  } catch {
    return undefined;
  }
};
