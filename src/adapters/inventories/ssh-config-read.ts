import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import SSHConfig from 'ssh-config';
import { globMatches } from '../../core/host-pattern.js';
import type { Misreading } from './source.js';

/** A `Host` or `Match` line: what stands below it holds where its condition and those of `within` do. */
export interface Section {
  readonly kind: 'section';
  readonly at: string;
  readonly within: readonly Section[];
  /** Of `Host`: its patterns. */
  readonly patterns?: readonly string[];
  /** Of `Match`: its criteria, all of which must hold. */
  readonly criteria?: readonly Criterion[];
}

export interface Criterion {
  readonly name: 'all' | 'host' | 'originalhost' | 'user' | 'localuser';
  readonly negated: boolean;
  readonly patterns: readonly string[];
}

export interface Setting {
  readonly kind: 'setting';
  readonly at: string;
  readonly within: readonly Section[];
  /** In lower case. */
  readonly keyword: string;
  readonly value: string;
}

export interface SshConfigFile {
  /** In the order in which they hold; included files stand where they are included. */
  readonly lines: readonly (Section | Setting)[];
  readonly mistakes: readonly Misreading[];
}

const MAX_DEPTH = 16;
const MAX_LINES = 100_000;
const MAX_BYTES = 4_000_000;
const MAX_FILES = 1_000;

export interface SshConfigPlace {
  readonly home: string;
  readonly shown: (path: string) => string;
}

/**
 * Reads an ssh_config with what it includes. A criterion of `Match` that would run a program or look at the network is a
 * mistake: it is neither run nor guessed.
 */
export const readSshConfig = async (path: string, text: string, place: SshConfigPlace): Promise<SshConfigFile> => {
  const reader = new Reader(place);
  await reader.file(path, text, [], 0);
  return reader;
};

class Reader implements SshConfigFile {
  readonly lines: (Section | Setting)[] = [];
  readonly mistakes: Misreading[] = [];

  private files = 0;

  constructor(private readonly place: SshConfigPlace) {}

  async file(path: string, text: string, outer: readonly Section[], depth: number): Promise<void> {
    this.files += 1;
    let within = outer;
    for (const [i, raw] of text.split('\n').entries()) {
      const at = `${this.place.shown(path)}:${i + 1}`;
      const line = raw.trim();
      if (line === '' || line.startsWith('#')) continue;
      if (this.lines.length > MAX_LINES) return this.mistake(at, `More than ${MAX_LINES} lines.`);
      const directive = parsed(line);
      if (!directive) {
        this.mistake(at, `\`${line}\` is not KEYWORD VALUE, or has a quote that does not end.`);
        continue;
      }
      const { keyword, values } = directive;
      if (keyword === 'host' || keyword === 'match') {
        const section = keyword === 'host' ? { patterns: values } : { criteria: this.criteria(values, at) };
        const made: Section = { kind: 'section', at, within: outer, ...section };
        this.lines.push(made);
        within = [...outer, made];
      } else if (keyword === 'include') await this.include(values, at, within, depth);
      else this.lines.push({ kind: 'setting', at, within, keyword, value: values.join(' ') });
    }
  }

  private mistake(at: string, message: string): void {
    this.mistakes.push({ at, message });
  }

  private criteria(values: readonly string[], at: string): readonly Criterion[] {
    const found: Criterion[] = [];
    for (let i = 0; i < values.length; i++) {
      const word = values[i] ?? '';
      const negated = word.startsWith('!');
      const name = word.slice(negated ? 1 : 0).toLowerCase();
      if (name === 'all') {
        found.push({ name, negated, patterns: [] });
      } else if (name === 'host' || name === 'originalhost' || name === 'user' || name === 'localuser') {
        const list = values[++i];
        if (list === undefined) this.mistake(at, `Match ${name} lacks its patterns.`);
        else found.push({ name, negated, patterns: list.split(',') });
      } else {
        const why = name === 'exec' ? 'Runbolt runs no command of an ssh_config' : 'it is not evaluated';
        this.mistake(at, `Match ${name}: ${why}; all, host, originalhost, user and localuser are known.`);
        break;
      }
    }
    return found;
  }

  private async include(patterns: readonly string[], at: string, within: readonly Section[], depth: number) {
    if (depth >= MAX_DEPTH) return this.mistake(at, `Include is nested more than ${MAX_DEPTH} levels deep.`);
    for (const pattern of patterns) {
      const full = resolve(join(this.place.home, '.ssh'), pattern.replace(/^~(?=\/|$)/, this.place.home));
      const unreadable = (path: string, code: string) =>
        this.mistake(at, `${path} cannot be listed (${code}), so what it includes is not known.`);
      for (const path of await filesLike(full, unreadable)) {
        if (this.files >= MAX_FILES) return this.mistake(at, `More than ${MAX_FILES} files are included.`);
        const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
        if (typeof text !== 'string') {
          if (!isAbsent(text)) this.mistake(at, `${path} cannot be read (${text.code ?? text.message}).`);
        } else if (text.length > MAX_BYTES) this.mistake(at, `${path} is larger than 4 MB.`);
        else await this.file(path, text, within, depth + 1);
      }
    }
  }
}

/** One line as the library splits it. */
const parsed = (line: string): { readonly keyword: string; readonly values: readonly string[] } | undefined => {
  try {
    const [found, more] = SSHConfig.parse(line);
    if (!found || more || !('param' in found) || found.param === '') return undefined;
    const values = typeof found.value === 'string' ? [found.value] : found.value.map(({ val }) => val);
    return values.join('') === '' ? undefined : { keyword: found.param.toLowerCase(), values };
  } catch {
    return undefined;
  }
};

/** Nothing is there: what ssh leaves out, too. Everything else may hide hosts. */
const isAbsent = ({ code }: NodeJS.ErrnoException): boolean => code === 'ENOENT' || code === 'ENOTDIR';

/** Files whose path is like a pattern with `*` and `?`, in order; directories that cannot be listed are told. */
const filesLike = async (
  pattern: string,
  unreadable: (path: string, code: string) => void,
): Promise<readonly string[]> => {
  let paths = ['/'];
  for (const part of pattern.split('/').filter(Boolean)) {
    if (!/[*?]/.test(part)) paths = paths.map((path) => join(path, part));
    else {
      const listed = paths.map(async (path) => {
        const entries = await readdir(path).catch((error: NodeJS.ErrnoException) => {
          if (!isAbsent(error)) unreadable(path, error.code ?? error.message);
          return [];
        });
        const like = entries.filter(
          (entry) => (part.startsWith('.') || !entry.startsWith('.')) && globMatches(part, entry),
        );
        return like.sort().map((entry) => join(path, entry));
      });
      paths = (await Promise.all(listed)).flat();
    }
  }
  return paths;
};
