import { dirname, extname } from 'node:path';
import { ok, type Result } from '../../core/fault.js';
import type { Listing } from '../../core/inventory.js';
import type { AnsibleEntry, CommandEntry } from '../../core/inventory-entry.js';
import { readBeside } from './ansible-beside.js';
import type { AnsibleData } from './ansible-data.js';
import { readAnsibleIni } from './ansible-ini.js';
import { readAnsibleJson } from './ansible-json.js';
import { ansibleTarget } from './ansible-target.js';
import { type BesideVariables, NOTHING_BESIDE, resolveHosts } from './ansible-variables.js';
import { readAnsibleYaml } from './ansible-yaml.js';
import { runCommand } from './command.js';
import { readText } from './read-text.js';
import { misread, type Source, type Surroundings, unread } from './source.js';

/** An inventory file of Ansible, INI or YAML, with `group_vars` and `host_vars` beside it. */
export const ansibleSource = (entry: AnsibleEntry, around: Surroundings): Source => {
  const name = around.shown(entry.file);
  return {
    name,
    read: async () => {
      const text = await readText(entry.file);
      if (typeof text !== 'string') return unread(name, text.why, text.next);
      const yaml = ['.yml', '.yaml'].includes(extname(entry.file));
      const json = extname(entry.file) === '.json' || /^\s*\{/.test(text);
      const data = yaml || json ? readAnsibleYaml(name, text) : readAnsibleIni(name, text);
      const notes: string[] = [];
      const beside = await readBeside(entry.file, name, data, notes);
      return listing(name, data, beside, notes, entry, { ...around, directory: dirname(entry.file) });
    },
  };
};

/** A command that prints Ansible's dynamic inventory as JSON. */
export const commandSource = (entry: CommandEntry, around: Surroundings): Source => {
  const [program = '', ...args] = entry.argv;
  const name = `command ${[program.startsWith('/') ? around.shown(program) : program, ...args].join(' ').slice(0, 100)}`;
  return {
    name,
    read: async (signal) => {
      const printed = await runCommand(entry.argv, around, signal);
      if (!printed.ok) return unread(name, printed.why, 'Run it by hand, as the user that Runbolt runs as.');
      return listing(name, readAnsibleJson(name, printed.text), NOTHING_BESIDE, [], entry, around);
    },
  };
};

const listing = (
  name: string,
  data: AnsibleData,
  beside: BesideVariables,
  notes: readonly string[],
  entry: AnsibleEntry | CommandEntry,
  around: Surroundings,
): Result<Listing> => {
  const { mistakes } = data;
  const hosts = resolveHosts(data, beside);
  const found = hosts.flatMap(
    (host) => ansibleTarget(host, { ...entry, home: around.home, directory: around.directory }, mistakes) ?? [],
  );
  return mistakes.length > 0 ? misread(name, mistakes) : ok({ found, notes });
};
