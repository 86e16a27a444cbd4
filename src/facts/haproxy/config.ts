import { type ServerLine, serverLine } from './lines.js';
import { type Records, Unreadable, whole } from './output.js';

/** A configuration file: `changed` (ctime, s), and the hash that Runbolt applied last, empty where it never did. */
export interface ConfigFile {
  readonly path: string;
  readonly sha256: string;
  readonly changed: number;
  readonly applied: string;
  readonly link: boolean;
  /** Others than root may write the directory it is in, or one above. */
  readonly shared: boolean;
  /** First lines of the difference from what was applied last. */
  readonly differs: readonly string[];
}

/** What the files say of one backend. */
export interface Configured {
  readonly files: readonly ConfigFile[];
  readonly backend: string;
  readonly section?: { readonly file: string; readonly line: number; readonly text: string };
  readonly servers: readonly ServerLine[];
  /** Lines whose meaning for the server set cannot be told from their text, as `FILE:LINE what`. */
  readonly unclear: readonly string[];
  /** The `balance` in force, its words; `default-server` and `hash-type` where there are any. */
  readonly balance: string;
  readonly defaultServer: boolean;
  readonly hashType: string;
  /** `option idle-close-on-response` stands somewhere: a reload does not cut idle client connections. */
  readonly idleClose: boolean;
  /** Of the global section: `master-worker`, `daemon`. */
  readonly globals: readonly string[];
}

/** Reads the configuration's records. Throws `Unreadable` where the section is not there, or there twice. */
export const configured = (of: (kind: string) => Records): Configured => {
  if (of('cut').length > 0 || of('broken').length > 0)
    throw new Unreadable('The configuration is too long to be read whole, or its reading broke off.');
  const backend = of('backend')[0]?.[0] ?? '';
  const about = (kind: string, path: string) => of(kind).find(([, of]) => of === path)?.[0];
  const files = of('file').map(([sha256 = '', path = '']) => ({
    path,
    sha256,
    changed: whole(about('changed', path)),
    applied: about('applied', path) ?? '',
    link: of('link').some(([one]) => one === path),
    shared: of('shared').some(([one]) => one === path),
    differs: of('differs').flatMap(([of, text = '']) => (of === path ? [text] : [])),
  }));
  if (files.length === 0) throw new Unreadable('There is no sha256sum on this host to name its files with.');
  if (files.some((one) => !/^[0-9a-f]{64}$/.test(one.sha256))) throw new Unreadable('A file’s hash makes no sense.');
  const [section, twice] = [...of('section'), ...of('conditional').filter(isSection)].map(placed);
  if (!section) throw new Unreadable(`There is no backend \`${backend}\` in ${files.map((f) => f.path).join(', ')}.`);
  if (twice) throw new Unreadable(`The backend \`${backend}\` stands in ${section.file} and in ${twice.file}.`);
  const lines = of('line').map(placed);
  const servers = lines.flatMap(({ line, text, long }) => (long ? [] : (serverLine(line, text) ?? [])));
  const clear = new Set(servers.filter((one) => one.backup || one.endpoint !== '').map((one) => one.line));
  const unclear = [
    ...of('conditional').map((fields) => ({ ...placed(fields), why: 'depends on a condition' })),
    ...lines
      .filter((one) => !clear.has(one.line))
      .map((one) => ({ ...one, why: 'has no plain name, IP address and port' })),
  ].map(({ file, line, text, why }) => `${file}:${line} ${why}: ${text.trim()}`);
  const inherited = defaultsFor(of, section);
  const own = of('setting').map((fields) => placed(fields).text);
  const last = (pattern: RegExp) => [...inherited, ...own].filter((text) => pattern.test(text)).at(-1) ?? '';
  return {
    ...{ files, backend, section, servers, unclear },
    balance:
      last(/^\s*balance\s/)
        .trim()
        .split(/\s+/)[1] ?? 'roundrobin',
    defaultServer: last(/^\s*default-server\s/) !== '',
    hashType:
      last(/^\s*hash-type\s/)
        .trim()
        .split(/\s+/)[1] ?? 'map-based',
    idleClose: of('idle').length > 0,
    globals: of('global').map((fields) => placed(fields).text.trim().split(/\s+/)[0] ?? ''),
  };
};

const isSection = (fields: readonly string[]): boolean => /^\s*(backend|listen)\s/.test(fields[3] ?? '');

const placed = ([file = '', line, length, text = '']: readonly string[]) => ({
  file,
  line: whole(line),
  long: length === 'long',
  text,
});

interface Head {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** The settings a section inherits: those of the defaults it names by `from` and of theirs, else of the last one before it. */
const defaultsFor = (of: (kind: string) => Records, section: Head): readonly string[] => {
  const order = of('file').map(([path]) => path);
  const at = ({ file, line }: { readonly file: string; readonly line: number }) => order.indexOf(file) * 1e9 + line;
  const heads = of('defaults')
    .map(placed)
    .sort((a, b) => at(a) - at(b));
  const named = ({ text }: Head): Head | undefined => {
    const from = /\sfrom\s+(\S+)/.exec(text)?.[1];
    return heads.find((one) => from !== undefined && one.text.trim().split(/\s+/)[1] === from);
  };
  const settings = (head: Head): readonly string[] => {
    const parent = named(head);
    const next = heads.find((one) => at(one) > at(head));
    const own = of('default')
      .map(placed)
      .filter((one) => at(one) > at(head) && (!next || at(one) < at(next)));
    return [...(parent && at(parent) < at(head) ? settings(parent) : []), ...own.map((one) => one.text)];
  };
  const head = /\sfrom\s/.test(section.text) ? named(section) : heads.filter((one) => at(one) < at(section)).at(-1);
  return head ? settings(head) : [];
};
