import { type AnsibleData, type AnsibleGroup, emptyData, groupNamed, hostNamed } from './ansible-data.js';
import { expandPattern } from './ansible-names.js';
import { words } from './shell-words.js';

/** Reads an inventory in Ansible's INI format. Mistakes are collected with their lines; nothing is guessed. */
export const readAnsibleIni = (file: string, text: string): AnsibleData => new IniReader(file).read(text);

type Kind = 'hosts' | 'children' | 'vars';

class IniReader {
  private readonly data = emptyData();
  private readonly declared = new Set(['all', 'ungrouped']);
  /** Groups that a section speaks of, and where: each must be declared somewhere. */
  private readonly mentioned: { name: string; at: string; by: string }[] = [];
  private kind: Kind = 'hosts';
  private group: AnsibleGroup | undefined;

  constructor(private readonly file: string) {}

  read(text: string): AnsibleData {
    this.group = groupNamed(this.data, 'ungrouped', `${this.file}:1`);
    for (const [i, raw] of text.split(/\r\n|\n|\r/).entries()) {
      const line = raw.trim();
      const at = `${this.file}:${i + 1}`;
      if (line === '' || /^[#;]/.test(line)) continue;
      if (line.startsWith('[') && /\]\s*(#.*)?$/.test(line) && !line.includes('=')) this.section(line, at);
      else if (this.group !== undefined) this.entry(line, at, this.group);
    }
    for (const { name, at, by } of this.mentioned) {
      if (!this.declared.has(name)) this.mistake(at, `${by} the group \`${name}\`, which is declared nowhere.`);
    }
    return this.data;
  }

  private mistake(at: string, message: string): void {
    this.data.mistakes.push({ at, message });
  }

  private section(line: string, at: string): void {
    const [, name, kind = 'hosts'] = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line) ?? [];
    this.group = undefined;
    if (name === undefined) {
      // A host pattern that begins with a range, or an IPv6 address.
      if (this.kind === 'hosts' && expandPattern(line)) this.mistake(at, `\`${line}\` is no host name.`);
      else
        this.mistake(at, `The section \`${line}\` is not understood; write [group], [group:vars] or [group:children].`);
      return;
    }
    if (kind !== 'hosts' && kind !== 'children' && kind !== 'vars') {
      this.mistake(
        at,
        `The section [${name}:${kind}] is not known; write [${name}], [${name}:vars] or [${name}:children].`,
      );
      return;
    }
    if (kind === 'vars') this.mentioned.push({ name, at, by: 'These are variables of' });
    else this.declared.add(name);
    this.kind = kind;
    this.group = groupNamed(this.data, name, at);
  }

  private entry(line: string, at: string, group: AnsibleGroup): void {
    if (this.kind === 'vars') {
      const [, name, value = ''] = /^([^=]+?)\s*=\s*(.*)$/.exec(line) ?? [];
      if (name === undefined) this.mistake(at, `\`${line}\` is no variable; write name=value.`);
      else group.vars.set(name, { value: literal(value), at });
    } else if (this.kind === 'children') {
      const name = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(line)?.[1];
      if (name === undefined) {
        this.mistake(at, `\`${line}\` is no name of a group.`);
        return;
      }
      group.children.add(name);
      groupNamed(this.data, name, at);
      this.mentioned.push({ name, at, by: `[${group.name}:children] names` });
    } else this.hosts(line, at, group);
  }

  private hosts(line: string, at: string, group: AnsibleGroup): void {
    const [pattern, ...pairs] = words(line) ?? [];
    const expanded = pattern === undefined ? undefined : expandPattern(pattern);
    if (!expanded) {
      const why = pattern === undefined ? 'has a quote that does not end' : 'has a range or a port that cannot be read';
      this.mistake(at, `\`${pattern ?? line}\` ${why}.`);
      return;
    }
    for (const name of expanded.names) {
      const host = hostNamed(this.data, name, at);
      if (!host) continue;
      group.hosts.add(name);
      if (expanded.port !== undefined) host.vars.set('ansible_port', { value: expanded.port, at });
      for (const pair of pairs) {
        const equals = pair.indexOf('=');
        if (equals > 0) host.vars.set(pair.slice(0, equals), { value: literal(pair.slice(equals + 1)), at });
      }
    }
    const odd = pairs.find((pair) => pair.indexOf('=') <= 0);
    if (odd !== undefined) this.mistake(at, `\`${odd}\` behind the host is not name=value.`);
  }
}

/** Ansible takes values as Python's literals where they are, else as text. */
const literal = (text: string): unknown => {
  if (/^-?(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  if (text === 'True' || text === 'False') return text === 'True';
  if (text === 'None') return null;
  const quoted = /^'([^'\\]*)'$|^"([^"\\]*)"$/.exec(text);
  return quoted ? (quoted[1] ?? quoted[2]) : text;
};
