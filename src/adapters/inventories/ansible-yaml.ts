import type { ScalarTag } from 'yaml';
import { z } from 'zod';
import { readYaml, type YamlFile } from '../../core/yaml-file.js';
import { type AnsibleData, emptyData, groupNamed, hostNamed, VAULT, type Variables } from './ansible-data.js';
import { expandPattern } from './ansible-names.js';

/** `!vault` is never decrypted, `!unsafe` is text as it stands. */
const TAGS: readonly ScalarTag[] = [
  { tag: '!vault', resolve: () => VAULT },
  { tag: '!vault-encrypted', resolve: () => VAULT },
  { tag: '!unsafe', resolve: (text) => text },
];

const mapping = z.record(z.string(), z.unknown());
type Path = readonly string[];
const KEYS: ReadonlySet<string> = new Set(['hosts', 'children', 'vars']);
const DEEPEST = 30;

/** Reads an inventory in Ansible's YAML format: groups with `hosts`, `children` and `vars`. */
export const readAnsibleYaml = (file: string, text: string): AnsibleData => {
  const yaml = readYaml(text, TAGS);
  const data = emptyData();
  data.mistakes.push(...yaml.mistakes.map((m) => ({ at: `${file}:${m.line}:${m.column}`, message: m.message })));
  if (data.mistakes.length > 0 || yaml.data === null || yaml.data === undefined) return data;
  const reader = new YamlReader(file, yaml, data);
  const top = reader.mapping(yaml.data, []);
  if (Object.hasOwn(top, 'plugin')) {
    const message = `This is the configuration of an inventory plugin. Let it be run: command: [ansible-inventory, --list, -i, ${file}].`;
    data.mistakes.push({ at: reader.at(['plugin']), message });
    return data;
  }
  for (const [name, group] of Object.entries(top)) reader.group(name, group, [name]);
  return data;
};

/** The variables of a file of `group_vars` or `host_vars`, with their lines. */
export const readVariables = (
  file: string,
  text: string,
): { readonly vars: Variables; readonly mistakes: AnsibleData['mistakes'] } => {
  const yaml = readYaml(text, TAGS);
  const data = emptyData();
  data.mistakes.push(...yaml.mistakes.map((m) => ({ at: `${file}:${m.line}:${m.column}`, message: m.message })));
  const vars: Variables = new Map();
  if (data.mistakes.length === 0) new YamlReader(file, yaml, data).variables(yaml.data, [], vars);
  return { vars, mistakes: data.mistakes };
};

class YamlReader {
  constructor(
    private readonly file: string,
    private readonly yaml: YamlFile,
    private readonly data: AnsibleData,
  ) {}

  at(path: Path): string {
    const { line, column } = this.yaml.place(path, 'key');
    return `${this.file}:${line}:${column}`;
  }

  /** What stands at a path as a mapping; nothing is an empty one, and anything else a mistake. */
  mapping(value: unknown, path: Path): Record<string, unknown> {
    if (value === null || value === undefined) return {};
    const read = mapping.safeParse(value);
    if (read.success && !Array.isArray(value)) return read.data;
    const what = path.length === 0 ? 'The file' : `\`${path.at(-1)}\``;
    this.data.mistakes.push({ at: this.at(path), message: `${what} must be a mapping (key: value).` });
    return {};
  }

  variables(value: unknown, path: Path, into: Variables): void {
    for (const [name, one] of Object.entries(this.mapping(value, path)))
      into.set(name, { value: one, at: this.at([...path, name]) });
  }

  group(name: string, value: unknown, path: Path): void {
    const group = groupNamed(this.data, name, this.at(path));
    if (!group) return;
    if (path.length > 2 * DEEPEST) {
      this.data.mistakes.push({ at: this.at(path), message: `Groups are nested more than ${DEEPEST} levels deep.` });
      return;
    }
    const { hosts, children, vars, ...others } = this.mapping(value, path);
    for (const key of Object.keys(others)) {
      const message = `A group has no \`${key}\`: ${[...KEYS].join(', ')}.`;
      this.data.mistakes.push({ at: this.at([...path, key]), message });
    }
    this.variables(vars, [...path, 'vars'], group.vars);
    for (const [pattern, own] of Object.entries(this.mapping(hosts, [...path, 'hosts'])))
      for (const host of this.hosts(pattern, own, [...path, 'hosts', pattern])) group.hosts.add(host);
    for (const [child, one] of Object.entries(this.mapping(children, [...path, 'children']))) {
      group.children.add(child);
      this.group(child, one, [...path, 'children', child]);
    }
  }

  private hosts(pattern: string, own: unknown, path: Path): readonly string[] {
    const at = this.at(path);
    const expanded = expandPattern(pattern);
    if (!expanded) {
      this.data.mistakes.push({ at, message: `\`${pattern}\` has a range or a port that cannot be read.` });
      return [];
    }
    return expanded.names.filter((name) => {
      const host = hostNamed(this.data, name, at);
      if (!host) return false;
      if (expanded.port !== undefined) host.vars.set('ansible_port', { value: expanded.port, at });
      this.variables(own, path, host.vars);
      return true;
    });
  }
}
