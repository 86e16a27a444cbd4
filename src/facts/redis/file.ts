import type { RedisProcess } from './seen.js';

/** What a start would set, by the configuration file; `unclear` tells why that cannot be told. */
export interface AtStart {
  readonly value: number | undefined;
  /** 1-based; 0 where no line sets it and the default holds. */
  readonly line: number;
  readonly text: string;
  /** What decides, where that is not the configuration file itself: an included file, a unit, the command line. */
  readonly elsewhere: string;
  readonly unclear: string;
}

/** Since 3.2 the default of tcp-keepalive is 300, before that 0 (redis.conf of each version). */
const defaultOf = (version: string): number | undefined => {
  const [major, minor] = version.split('.').map(Number);
  if (major === undefined || minor === undefined || !Number.isInteger(major) || !Number.isInteger(minor))
    return undefined;
  return major > 3 || (major === 3 && minor >= 2) ? 300 : 0;
};

/** The value of a line `tcp-keepalive 60`, quotes allowed; undefined for what the server would refuse. */
const keepaliveOf = (text: string): number | undefined => {
  const found = /^\s*"?tcp-keepalive"?\s+(["']?)(\d{1,9})\1\s*$/i.exec(text);
  return found ? Number(found[2]) : undefined;
};

/** Why an included file does not tell. */
export const WHY_INCLUDED: Readonly<Record<string, string>> = {
  nested: 'includes further files',
  missing: 'is not there',
  unreadable: 'could not be read',
  odd: 'is no path that could be looked up',
};

/** The last line wins, an included file's where the line is that includes it; command-line arguments come after all. */
export const atStart = (one: RedisProcess): AtStart => {
  const unclear = (why: string): AtStart => ({ value: undefined, line: 0, text: '', elsewhere: '', unclear: why });
  if (one.where === 'container') return unclear('it runs in a container, whose image or orchestrator decides');
  if (one.where === 'endpoint') return unclear('it runs elsewhere');
  const [setter, ...others] = one.setters;
  if (setter) {
    const value = keepaliveOf(`tcp-keepalive ${setter.value}`);
    if (value === undefined || others.some((other) => other.value !== setter.value))
      return unclear(`${one.setters.map(({ by }) => by).join(' and ')} may set tcp-keepalive`);
    return { value, line: 0, text: '', elsewhere: setter.by, unclear: '' };
  }
  const named = one.info.get('config_file');
  if (named === undefined)
    return unclear(`INFO does not tell its file${one.said.has('noperm') ? ': allow its user +info' : ''}`);
  if (named === '') return unclear('it was started without a configuration file');
  const { file } = one;
  if (!file) return unclear('its configuration file has no absolute path');
  if (file.type === 'missing') return unclear(`${file.path} is not there`);
  if (file.type === 'unreadable') return unclear(`${file.path} could not be read without root`);
  if (file.type !== 'file') return unclear(`${file.path} is no regular file`);
  if (file.same === '0') return unclear(`the process sees another ${file.path} (a container)`);
  const unread = one.included.find(({ state }) => state !== 'none' && state !== 'sets');
  if (unread)
    return unclear(`${unread.path}, which ${file.path} includes, ${WHY_INCLUDED[unread.state] ?? 'is not understood'}`);
  if (one.includes.some(({ line }) => !one.included.some((other) => other.line === line)))
    return unclear(`${file.path} includes other files`);
  const last = one.lines.at(-1);
  const other = one.included.findLast(({ state }) => state === 'sets');
  if (other && other.line > (last?.line ?? 0)) {
    const value = keepaliveOf(`tcp-keepalive ${other.value}`);
    if (value === undefined) return unclear(`tcp-keepalive in ${other.path} is not understood`);
    const elsewhere = `${other.path} (included by ${file.path}:${other.line})`;
    return { value, line: other.line, text: '', elsewhere, unclear: '' };
  }
  const value = last ? keepaliveOf(last.text) : defaultOf(one.info.get('redis_version') ?? '');
  if (value === undefined)
    return unclear(last ? `${file.path}:${last.line} is not understood` : 'its version is not known');
  return { value, line: last?.line ?? 0, text: last?.text ?? '', elsewhere: '', unclear: '' };
};

/** Places whose files do not last, are no files, or belong to anybody. */
const ODD = /^(?!\/)|^\/(?:tmp|var\/tmp|dev|proc|sys|run|var\/run)\//;

/** Where a distribution or an installer puts the file of a server. */
const USUAL =
  /^(?:\/usr\/local)?\/etc\/(?:(?:redis|valkey)\d?(?:\/(?!\.)[^/]+)?\/(?!\.)[^/]+|(?:redis|valkey)[^/]*)\.conf$/;

/**
 * Why the word of the server is not enough to edit the file it names; empty where something else ties the two. Anyone
 * can run a process that is called redis-server and answers as one, and its user writes its arguments.
 */
const notTied = ({ tied, file }: RedisProcess): string => {
  if (!tied || !file) return 'it could not be made sure whose the process is';
  const whose = tied.uid === '' ? 'a process with differing user ids' : `a process of uid ${tied.uid}`;
  if (!tied.trusted)
    return `${whose}, neither root, redis, valkey nor the owner of ${file.path}, says that this is its configuration file`;
  const ownerOrRoot = tied.uid === '0' || tied.uid === file.owner.split(':')[0];
  if (tied.by === 'unit' || (tied.by === 'argv' && ownerOrRoot)) return '';
  if (USUAL.test(file.path) && (USUAL.test(file.real) || ownerOrRoot)) return '';
  return `${file.path} is no usual place, and neither its command line nor its unit names it`;
};

/** Why the file cannot be edited; empty where it can. */
export const notEditable = (one: RedisProcess, root: boolean): string => {
  const start = atStart(one);
  const { file } = one;
  if (!root) return 'read without root; a change needs root';
  if (start.elsewhere !== '')
    return `${start.elsewhere} sets tcp-keepalive at a start: edit it there, and use CONFIG SET by hand`;
  if (!file || start.value === undefined) return start.unclear;
  if (file.same !== '1') return `it could not be made sure that the process sees ${file.path}`;
  if (ODD.test(file.real))
    return `${file.path} is ${file.real === file.path ? 'in' : 'a link into'} ${file.real.split('/').slice(0, 2).join('/')}`;
  const untied = notTied(one);
  if (untied !== '') return untied;
  if (file.links !== 1) return `${file.path} has ${file.links} hard links`;
  if (!file.writable) return `${file.path} cannot be written`;
  if (file.sha256 === '') return 'there is no sha256sum on this host to guard the file with';
  return '';
};
