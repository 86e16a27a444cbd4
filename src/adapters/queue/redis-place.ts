import { isIP } from 'node:net';
import { failure, ok, type Result } from '../../core/fault.js';

/** What ioredis and BullMQ are told of it. */
export interface RedisAddress {
  readonly db: number;
  readonly family?: number;
  readonly username?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: { readonly servername?: string };
  readonly sentinels?: { host: string; port: number }[];
  readonly name?: string;
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
 * them). Of options after `?` all take `db` and `family`. Fault `config_invalid` when it is none of these or has an option
 * that is not known; it never repeats the URL, and names an option only where that can be no part of a password.
 */
export const redisPlace = (url: string): Result<RedisPlace> => {
  const sentinels = /^rediss?\+sentinel:/.test(url);
  const place = sentinels ? behindSentinels(url) : direct(url);
  if (!place) return failure('config_invalid', 'REDIS_URL is not a Redis URL.', FORMS);
  const options = optionsOf(place.query, sentinels ? ['db', 'family', 'sentinel_password'] : ['db', 'family']);
  if (!options.ok) return options;
  const { db, family, sentinel_password: sentinelPassword } = options.value;
  if (db !== undefined && place.db !== '')
    return failure('config_invalid', 'REDIS_URL names its db twice.', 'Leave /DB or ?db= out of it.');
  return ok({
    name: place.name,
    options: {
      ...place.options,
      db: Number(db ?? place.db),
      ...(family !== undefined && { family: Number(family) }),
      ...(sentinelPassword !== undefined && { sentinelPassword }),
    },
  });
};

const FORMS =
  'Write it as redis://USER:PASSWORD@HOST:6379/0, rediss:// for TLS, or redis+sentinel://HOST:26379,HOST:26379/MASTER.';

/** What ioredis takes from a query, as far as it is taken here, and what each may be. */
const OPTIONS = {
  db: { form: /^\d{1,4}$/, is: 'a number from 0 to 9999' },
  family: { form: /^[046]$/, is: '4 for IPv4, 6 for IPv6 or 0 for both' },
  sentinel_password: { form: /^/, is: 'a password' },
} as const;
type Option = keyof typeof OPTIONS;

const optionsOf = (query: string, known: readonly Option[]): Result<Partial<Record<Option, string>>> => {
  const found: Partial<Record<Option, string>> = {};
  const next = `Known are ${known.join(', ')}; leave the rest out of REDIS_URL.`;
  for (const [key, value] of new URLSearchParams(query)) {
    const option = known.find((name) => name === key);
    if (option === undefined) {
      // What follows a `?` or `&` that is not percent-encoded in a password looks like options.
      const secret = query.includes('@') || found.sentinel_password !== undefined;
      const name = /^[\w-]+$/.test(key) && !secret ? `the option ${key}` : 'an option';
      return failure('config_invalid', `REDIS_URL has ${name}, which is not known.`, next);
    }
    if (found[option] !== undefined) return failure('config_invalid', `REDIS_URL names its ${option} twice.`, next);
    const { form, is } = OPTIONS[option];
    if (!form.test(value))
      return failure('config_invalid', `The ${option} in REDIS_URL cannot be used.`, `It is ${is}.`);
    found[option] = value;
  }
  return ok(found);
};

/** A Redis, the query not read yet; `db` is empty where the path names none. */
interface Named {
  readonly name: string;
  readonly db: string;
  readonly query: string;
  readonly options: Omit<RedisAddress, 'db'>;
}

const direct = (url: string): Named | undefined => {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search } = new URL(url);
  const db = /^\/?(\d{0,4})$/.exec(pathname)?.[1];
  const login = loginOf(username, password);
  if (!/^rediss?:$/.test(protocol) || hostname === '' || db === undefined || !login) return undefined;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    ...{ name: `Redis at ${hostname}:${port || '6379'}`, db, query: search },
    options: {
      ...{ host, port: Number(port || '6379') },
      ...login,
      // An IP address is no server name; Node compares the certificate with the host then.
      ...(protocol === 'rediss:' && { tls: isIP(host) === 0 ? { servername: host } : {} }),
    },
  };
};

/**
 * Without ioredis's `failoverDetector`: where Sentinel's word of the new master comes while ioredis asks for it already, it
 * ends the connection for good (6.0.0: `SentinelConnector.disconnect` within `connect`), and the worker is deaf from then
 * on. The old master closes its connections, answers READONLY, or is silent; each of these is noticed.
 */
const behindSentinels = (url: string): Named | undefined => {
  const [, scheme, user = '', hosts = '', name = '', db = '', query = ''] = SENTINELS.exec(url) ?? [];
  const sentinels = hosts.split(',').map((text) => {
    const [, host = '', port = SENTINEL_PORT] = /^([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?$/.exec(text) ?? [];
    return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
  });
  const [username = '', password = ''] = user.split(/:(.*)/s);
  const login = loginOf(username, password);
  if (scheme === undefined || !login || sentinels.some(({ host }) => host === '')) return undefined;
  const tls = scheme === 'rediss';
  return {
    name: `Redis ${name} (Sentinels ${sentinels.map((s) => `${s.host}:${s.port}`).join(', ')})`,
    ...{ db, query },
    options: {
      ...{ sentinels, name },
      ...login,
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
