import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { AnsibleData, Variables } from './ansible-data.js';
import type { BesideVariables } from './ansible-variables.js';
import { readVariables } from './ansible-yaml.js';

const EXTENSIONS = ['', '.yml', '.yaml', '.json'] as const;
const DEEPEST = 5;
const MAX_FILES = 5_000;

/**
 * The variables of `group_vars` and `host_vars` beside an inventory file, for the groups and hosts that it has. A file
 * that is encrypted is left unread and told in `notes`.
 */
export const readBeside = async (
  file: string,
  shown: string,
  data: AnsibleData,
  notes: string[],
): Promise<BesideVariables> => {
  const reader = new BesideReader(dirname(file), dirname(shown), data, notes);
  return {
    groups: await reader.all('group_vars', new Set([...data.groups.keys(), 'all'])),
    hosts: await reader.all('host_vars', new Set(data.hosts.keys())),
  };
};

class BesideReader {
  private files = 0;

  constructor(
    private readonly directory: string,
    private readonly shown: string,
    private readonly data: AnsibleData,
    private readonly notes: string[],
  ) {}

  async all(kind: string, names: ReadonlySet<string>): Promise<ReadonlyMap<string, Variables>> {
    const found = new Map<string, Variables>();
    const entries = new Set(await this.listed(kind));
    for (const entry of [...entries].sort()) {
      const name = isVariables(entry) ? entry.slice(0, entry.length - extname(entry).length) : entry;
      for (const one of new Set([entry, name])) {
        // The first of NAME, NAME.yml, NAME.yaml and NAME.json holds, as Ansible has it.
        const first = EXTENSIONS.map((extension) => one + extension).find((candidate) => entries.has(candidate));
        if (!names.has(one) || first !== entry) continue;
        const vars: Variables = new Map();
        await this.read(join(kind, entry), vars, 0);
        found.set(one, vars);
      }
    }
    return found;
  }

  private async listed(kind: string): Promise<readonly string[]> {
    try {
      return await readdir(join(this.directory, kind));
    } catch (error) {
      const why = codeOf(error);
      if (why !== 'ENOENT' && why !== 'ENOTDIR')
        this.data.mistakes.push({ at: join(this.shown, kind), message: `It cannot be read (${why}).` });
      return [];
    }
  }

  private async read(path: string, into: Variables, depth: number): Promise<void> {
    const at = join(this.shown, path);
    const full = join(this.directory, path);
    this.files += 1;
    if (depth > DEEPEST || this.files > MAX_FILES) {
      this.data.mistakes.push({ at, message: 'There are too many files of variables, or too many levels of them.' });
      return;
    }
    try {
      if ((await stat(full)).isDirectory()) {
        for (const entry of [...(await readdir(full))].sort()) {
          if (entry.startsWith('.') || entry.endsWith('~')) continue;
          const directory = (await stat(join(full, entry))).isDirectory();
          if (directory || isVariables(entry)) await this.read(join(path, entry), into, depth + 1);
        }
        return;
      }
      const text = await readFile(full, 'utf8');
      if (text.startsWith('$ANSIBLE_VAULT')) {
        this.notes.push(`${at} is encrypted by ansible-vault and was not read.`);
        return;
      }
      const { vars, mistakes } = readVariables(at, text);
      this.data.mistakes.push(...mistakes);
      for (const [name, variable] of vars) into.set(name, variable);
    } catch (error) {
      this.data.mistakes.push({ at, message: `It cannot be read (${codeOf(error)}).` });
    }
  }
}

const isVariables = (entry: string): boolean => EXTENSIONS.some((one) => one === extname(entry));

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
