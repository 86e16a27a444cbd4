import { unframed } from '../framing.js';
import type { ConfFile, ConfLine } from './loaders.js';

/** What the probe saw, typed. Nothing in it is interpreted yet. */
export interface Snapshot {
  readonly root: boolean;
  readonly kernel: string;
  readonly systemd: 'systemd' | 'masked' | 'none';
  readonly procps: string;
  readonly running: string | undefined;
  readonly writable: boolean;
  readonly etcWritable: boolean;
  readonly cmdline: readonly string[];
  readonly files: readonly (ConfFile & { readonly link: string | undefined })[];
  readonly lines: readonly ConfLine[];
  readonly rcLocal: readonly { readonly path: string; readonly executable: boolean }[];
  /** Whether the host's init runs it: with systemd, rc-local.service may be masked or not there. */
  readonly rcService: 'runs' | 'masked' | 'absent';
  readonly rcLines: readonly ConfLine[];
  readonly otherLines: readonly ConfLine[];
  /** Files of others that a line loads by `sysctl -p`; their lines are among `otherLines`. */
  readonly loaded: readonly string[];
  readonly own: readonly string[] | undefined;
  readonly stats: ReadonlyMap<string, Stat>;
  readonly managers: readonly string[];
  /** Files and directories that are there, may set the key at boot, and could not be read. */
  readonly unread: readonly string[];
}

/** Mode in octal; `sha256` is empty where the host has no sha256sum. */
export interface Stat {
  readonly mode: string;
  readonly uid: string;
  readonly gid: string;
  readonly sha256: string;
}

export type Snapped = { readonly ok: true; readonly value: Snapshot } | { readonly ok: false; readonly reason: string };

const TYPES = new Set(['file', 'unreadable', 'directory', 'device', 'dangling']);
const isType = (type: string): type is ConfFile['type'] => TYPES.has(type);

/** What the probe says of each key by itself, behind the line that names the key. */
const OWN_TO_A_KEY = new Set(['running', 'missing', 'unreadable', 'writable']);

/**
 * Reads the probe's lines as they are for `key`, one of those it was asked for; anything cut, repeated, unknown or
 * contradictory is a reason, never a value.
 */
export const snapshot = (output: string, key: string): Snapped => {
  const no = (reason: string): Snapped => ({ ok: false, reason });
  const frame = unframed('sysctl', output);
  if (!frame.ok) return frame;

  const single = new Map<string, string>();
  const cmdline: string[] = [];
  const files: { path: string; type: ConfFile['type']; link: string | undefined }[] = [];
  const lines: Record<'line' | 'rc' | 'other', ConfLine[]> = { line: [], rc: [], other: [] };
  const rcLocal: { path: string; executable: boolean }[] = [];
  const loaded: string[] = [];
  const own: string[] = [];
  const modes = new Map<string, Omit<Stat, 'sha256'>>();
  const sums = new Map<string, string>();
  const managers: string[] = [];
  const unread: string[] = [];

  const keys = new Set<string>();
  let about = '';
  for (const fields of frame.records) {
    const [kind = '', a = '', b = '', c = ''] = fields;
    const rest = fields.slice(1).join('\t');
    if (OWN_TO_A_KEY.has(kind) && about !== key) continue;
    switch (kind) {
      case 'key':
        if (keys.has(rest)) return no('The output is mixed: a key comes twice.');
        keys.add(rest);
        about = rest;
        break;
      case 'uid':
      case 'kernel':
      case 'systemd':
      case 'procps':
      case 'running':
      case 'missing':
      case 'unreadable':
      case 'writable':
      case 'etc':
      case 'nul':
      case 'rcservice':
        if (single.has(kind)) return no(`The output is mixed: ${kind} comes twice.`);
        single.set(kind, rest);
        break;
      case 'odd':
        return no(`${a} files in a sysctl.d directory have names that cannot be judged.`);
      case 'cut':
        return no(`Too many lines to judge (${a}).`);
      case 'broken':
        return no('Files that may set it could not be read to their end.');
      case 'unread':
        if (rest === '' || unread.includes(rest)) return no('The list of unread files makes no sense.');
        unread.push(rest);
        break;
      case 'cmdline':
        cmdline.push(rest);
        break;
      case 'conf':
        if (!isType(b) || files.some((file) => file.path === a)) return no(`The file list makes no sense at ${a}.`);
        files.push({ path: a, type: b, link: c === '-' ? undefined : c });
        break;
      case 'line':
      case 'rc':
      case 'other': {
        const number = Number(b);
        if (!Number.isSafeInteger(number) || number < 1) return no(`A line of ${a} has no number.`);
        if (c === 'too-long') {
          const named = rest.slice(rest.lastIndexOf('\t') + 1).split(' ');
          if (!named.includes('*') && !named.includes(key.slice(key.lastIndexOf('.') + 1))) break;
          return no(`${a}:${b} is longer than 1,000 characters and cannot be judged.`);
        }
        if (c !== 'text') return no(`A line of ${a} makes no sense.`);
        lines[kind].push({ path: a, number, text: fields.slice(4).join('\t') });
        break;
      }
      case 'rclocal':
        rcLocal.push({ path: a, executable: b === '1' });
        break;
      case 'loaded':
        loaded.push(rest);
        break;
      case 'own':
        own.push(rest);
        break;
      case 'stat':
        if (!/^[0-7]{1,4}$/.test(b) || !/^\d+$/.test(c)) return no(`Mode and owner of ${a} could not be read.`);
        modes.set(a, { mode: b, uid: c, gid: fields[4] ?? '' });
        break;
      case 'sha256':
        if (!/^[0-9a-f]{64}$/.test(b)) return no(`The checksum of ${a} could not be read.`);
        sums.set(a, b);
        break;
      case 'manager':
        managers.push(rest);
        break;
      default:
        return no('The output has a line that is not the probe’s.');
    }
  }

  if (!keys.has(key)) return no('The output is about another key.');
  for (const kind of ['uid', 'kernel', 'systemd', 'procps', 'etc'])
    if (!single.has(kind)) return no(`The output lacks ${kind}.`);
  if (single.has('unreadable')) return no('The running value exists and could not be read.');
  const running = single.get('running');
  if ((running === undefined) === !single.has('missing')) return no('The output lacks the running value.');
  if (running !== undefined && !single.has('writable')) return no('The output lacks writable.');
  const loader = single.get('systemd');
  if (loader !== 'systemd' && loader !== 'masked' && loader !== 'none')
    return no('The boot loader of sysctls is unclear.');
  const rcService = single.get('rcservice') ?? 'runs';
  if (rcService !== 'runs' && rcService !== 'masked' && rcService !== 'absent')
    return no('Whether rc.local is run is unclear.');
  if ((single.get('nul') ?? '0') !== '0') return no('A sysctl configuration file contains NUL bytes.');
  if (!files.some((f) => f.type === 'file') !== !single.has('nul')) return no('The output lacks the files’ contents.');
  const root = single.get('uid') === '0';
  const barred = files.find((file) => file.type === 'unreadable');
  if (barred) return no(`${barred.path} could not be read${root ? '' : ' without root'}.`);
  for (const line of lines.line)
    if (!files.some((file) => file.path === line.path)) return no(`${line.path} has lines and is not listed.`);
  for (const line of lines.rc)
    if (!rcLocal.some((file) => file.path === line.path)) return no(`${line.path} has lines and is not listed.`);
  const stats = new Map([...modes].map(([path, stat]) => [path, { ...stat, sha256: sums.get(path) ?? '' }]));
  return {
    ok: true,
    value: {
      root,
      kernel: single.get('kernel') ?? '',
      systemd: loader,
      procps: single.get('procps') ?? '',
      running,
      writable: single.get('writable') === '1',
      etcWritable: single.get('etc') === '1',
      cmdline,
      files,
      lines: lines.line,
      rcLocal,
      rcService,
      rcLines: lines.rc,
      otherLines: lines.other,
      loaded,
      own: files.some((file) => file.path === '/etc/sysctl.d/99-zz-runbolt.conf') ? own : undefined,
      stats,
      managers,
      unread,
    },
  };
};
