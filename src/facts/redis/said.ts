import type { RedisProcess, RedisTable } from './seen.js';

/** Why an instance's settings could not be read, for a person who can mend that; by what it answered. */
export const whyUnread = (one: RedisProcess, table: RedisTable): string => {
  const said = (kind: string) => one.said.has(kind);
  if (said('unknown')) return one.where === 'endpoint' ? MANAGED : RENAMED;
  if (said('noperm')) return 'its user may not run CONFIG (NOPERM): allow +config|get, for a fix also +config|set';
  if (said('noauth') || said('wrongpass')) return password(one, table);
  if (said('busy')) return 'a script runs in it and does not end (BUSY): ask again, or end the script by SCRIPT KILL';
  if (said('nobody')) return 'nothing on this host can ask it: no redis-cli, bash, nc or perl';
  if (said('notls')) return 'it speaks TLS, and neither redis-cli nor openssl is here';
  if (said('container')) return 'it runs in a network namespace of its own, which needs root and nsenter to ask';
  if (said('late')) return 'it was not asked: the instances before it took too long to answer';
  if (said('another')) return 'another process answers at its address';
  if (said('address')) return 'its process title names no address and port that can be asked';
  if (said('protected')) return 'it is in protected mode and does not listen on loopback';
  if (said('refused')) return 'it refuses connections';
  if (one.maybeTls) return 'it closes the connection: if it speaks TLS, set tls=true';
  if (said('tls')) return 'its TLS handshake failed: it may want a client certificate, or its own is not trusted here';
  if (said('reset')) return 'it closes the connection';
  if (said('other')) return `it answers: ${one.said.get('other') ?? ''}`;
  if (said('silent')) return 'it did not answer within 2 s';
  return 'its answer has no tcp-keepalive';
};

const MANAGED =
  'it has no CONFIG (managed): tcp-keepalive is in its parameter group. Set tcp-keepalive = 60 there (timeout may stay 0) and label the target redis_keepalive=60';
const RENAMED = 'it has no CONFIG (renamed or disabled in its file): tcp-keepalive could not be read';

const password = (one: RedisProcess, table: RedisTable): string => {
  if (one.withheld)
    return 'it wants a password, which is sent only to an endpoint that this host is connected to already';
  if (table.unreadPasswordFile !== undefined)
    return `it wants a password, and ${table.unreadPasswordFile} is not readable as one line`;
  if (one.said.has('wrongpass')) return 'it refuses the password (WRONGPASS)';
  return `it wants a password (NOAUTH): name a file on the host by password_file, or set the secret redis${table.root ? '' : '; as root its own file would be read'}`;
};
