import { expandBraces, isGlob, matchesPath } from './glob.js';

/**
 * What the two loaders make of the configuration files, for one key. Rules read in the sources of systemd (sysctl.c,
 * conf-files.c) and procps (sysctl.c) and measured on systemd 252 and procps 4.0.2.
 */

/** A configuration file as found. Only a `file` has lines; anything else still hides files of the same name. */
export interface ConfFile {
  readonly path: string;
  readonly type: 'file' | 'unreadable' | 'directory' | 'device' | 'dangling';
}

/** A line that may set the key. `number` counts line feeds, from 1; `text` has neither line feed nor NUL. */
export interface ConfLine {
  readonly path: string;
  readonly number: number;
  readonly text: string;
}

/** An assignment that reaches the kernel, in the order of writing; `explicit` when its key is no pattern. */
export interface Assignment extends ConfLine {
  readonly value: string;
  readonly explicit: boolean;
}

const DIRECTORIES = ['/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d', '/lib/sysctl.d'];
/** The file that `sysctl -p` reads when it is given none. */
export const SYSCTL_CONF = '/etc/sysctl.conf';

/** Whether the probe would have listed this path if it were there. */
export const isListed = (path: string): boolean =>
  path === SYSCTL_CONF || (path.endsWith('.conf') && DIRECTORIES.includes(split(path).directory));

const split = (path: string): { directory: string; name: string } => {
  const at = path.lastIndexOf('/');
  return { directory: path.slice(0, at), name: path.slice(at + 1) };
};

/** Files in reading order: of one basename only that of the first directory, sorted by the bytes of the basename. */
const readingOrder = (files: readonly ConfFile[], hidden: boolean): readonly ConfFile[] => {
  const chosen = new Map<string, ConfFile>();
  for (const directory of DIRECTORIES)
    for (const file of files) {
      const { directory: here, name } = split(file.path);
      if (here === directory && !chosen.has(name) && (hidden || !name.startsWith('.'))) chosen.set(name, file);
    }
  return [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
};

/** Files as systemd-sysctl reads them; /etc/sysctl.conf only by way of a link. Hidden ones are skipped. */
const systemdFiles = (files: readonly ConfFile[]): readonly ConfFile[] => readingOrder(files, false);

/** Files as `sysctl --system` reads them: hidden ones too, and /etc/sysctl.conf once more at the end. */
const procpsFiles = (files: readonly ConfFile[]): readonly ConfFile[] => [
  ...readingOrder(files, true),
  ...files.filter((file) => file.path === SYSCTL_CONF && file.type === 'file'),
];

/** `net.ipv4.x` becomes `net/ipv4/x`; where the first separator is a slash, the text is a path already. */
const toPath = (key: string): string => {
  const first = /[/.]/.exec(key)?.[0];
  return first === '.' ? key.replace(/[/.]/g, (c) => (c === '.' ? '/' : '.')) : key;
};

const simplify = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');

interface Option {
  readonly line: ConfLine;
  readonly value: string | undefined;
}

const trimStart = (text: string, blank: string): string => {
  let from = 0;
  while (from < text.length && blank.includes(text.charAt(from))) from++;
  return text.slice(from);
};

const trimEnd = (text: string, blank: string): string => {
  let to = text.length;
  while (to > 0 && blank.includes(text.charAt(to - 1))) to--;
  return text.slice(0, to);
};

const trim = (text: string, blank: string): string => trimEnd(trimStart(text, blank), blank);

const SYSTEMD_BLANK = ' \t\r\n';
const C_BLANK = ' \t\r\n\v\f';

const linesOf = (files: readonly ConfFile[], lines: readonly ConfLine[]): readonly ConfLine[] =>
  files
    .filter((file) => file.type === 'file')
    .flatMap((file) => lines.filter((line) => line.path === file.path).sort((a, b) => a.number - b.number));

/**
 * The assignments of `key` (a path such as `net/ipv4/tcp_tw_reuse`) by systemd-sysctl, in the order it writes them. It
 * keeps one value a key; an equal value keeps its place; a pattern never touches a key that is named anywhere, be it by
 * a bare `-key`. A lone carriage return ends a line.
 */
export const systemdAssignments = (
  key: string,
  files: readonly ConfFile[],
  lines: readonly ConfLine[],
): readonly Assignment[] => {
  const options = new Map<string, Option>();
  for (const line of linesOf(systemdFiles(files), lines)) {
    for (const piece of line.text.split('\r')) {
      const text = trim(piece, SYSTEMD_BLANK);
      if (text === '' || text.startsWith('#') || text.startsWith(';')) continue;
      const equals = text.indexOf('=');
      const dashed = text.startsWith('-');
      if (equals === -1 && !dashed) continue;
      const name = text.slice(dashed ? 1 : 0, equals === -1 ? undefined : equals);
      const path = simplify(toPath(trim(name, SYSTEMD_BLANK)));
      const value = equals === -1 ? undefined : trim(text.slice(equals + 1), SYSTEMD_BLANK);
      const known = options.get(path);
      if (known && known.value === value) continue;
      options.delete(path);
      options.set(path, { line, value });
    }
  }
  const named = options.has(key);
  return [...options].flatMap(([path, { line, value }]): Assignment[] => {
    if (value === undefined) return [];
    if (path === key) return [{ ...line, value, explicit: true }];
    const hit = !named && isGlob(path) && expandBraces(path).some((one) => matchesPath(one, key));
    return hit ? [{ ...line, value, explicit: false }] : [];
  });
};

/**
 * The assignments of `key` by `sysctl --system` of procps 4, in the order it writes them: every one is written. A
 * pattern spares a key that is named anywhere; `-pattern` takes out nothing (later versions differ).
 */
export const procpsAssignments = (
  key: string,
  files: readonly ConfFile[],
  lines: readonly ConfLine[],
): readonly Assignment[] => procpsReads(key, procpsFiles(files), lines);

/** The assignments of `key` by `sysctl -p` of procps 4 on these files, in their order. */
export const procpsReads = (
  key: string,
  files: readonly ConfFile[],
  lines: readonly ConfLine[],
): readonly Assignment[] => {
  const wanted = `/proc/sys/${key}`;
  const options: { readonly path: string; readonly option: Option }[] = [];
  for (const line of linesOf(files, lines)) {
    const text = trimStart(line.text, C_BLANK);
    if (text.length < 2 || text.startsWith('#') || text.startsWith(';')) continue;
    const equals = text.indexOf('=');
    const dashed = text.startsWith('-');
    if (equals === -1 && !dashed) continue;
    const name = trimEnd(text.slice(dashed ? 1 : 0, equals === -1 ? undefined : equals), C_BLANK);
    const path = `/proc/sys/${toPath(name.startsWith('-') ? name.slice(1) : name)}`;
    const value = equals === -1 ? undefined : trim(text.slice(equals + 1), C_BLANK);
    options.push({ path, option: { line, value } });
  }
  const spared = options.some(({ path }) => path === wanted);
  return options.flatMap(({ path, option: { line, value } }): Assignment[] => {
    if (value === undefined) return [];
    if (isGlob(path)) return !spared && matchesPath(path, wanted) ? [{ ...line, value, explicit: false }] : [];
    return `/${simplify(path)}` === wanted ? [{ ...line, value, explicit: true }] : [];
  });
};
