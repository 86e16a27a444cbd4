import type { hostAddress } from '../../core/label.js';
import { VAULT, type Variable } from './ansible-data.js';
import type { ResolvedHost } from './ansible-variables.js';
import type { Misreading } from './source.js';

/** Variables by what they must be. Those with an expression of Jinja are a mistake with their line, never a guess. */
export class VariableReader {
  constructor(
    private readonly host: ResolvedHost,
    private readonly mistakes: Misreading[],
  ) {}

  /** The last of the names that is set, as Ansible has it. */
  variable(names: readonly string[]): { name: string; value: Variable } | undefined {
    const set = names.flatMap((name) => {
      const value = this.host.vars.get(name);
      return value && value.value !== null && value.value !== '' ? [{ name, value }] : [];
    });
    return set.at(-1);
  }

  text(names: readonly string[]): string | undefined {
    const found = this.variable(names);
    if (!found) return undefined;
    const { value, at } = found.value;
    if (value === VAULT) return this.mistake(at, `${found.name} is encrypted by ansible-vault, which is never read.`);
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return this.mistake(at, `${found.name} must be text.`);
    const text = String(value);
    if (/\{\{|\{%/.test(text))
      return this.mistake(at, `${found.name} is an expression of Jinja (${text}); write its value out.`);
    return text;
  }

  checked(names: readonly string[], grammar: typeof hostAddress): string | undefined {
    const text = this.text(names);
    if (text === undefined || grammar.safeParse(text).success) return text;
    const found = this.variable(names);
    return this.mistake(
      found?.value.at,
      `${found?.name} \`${text}\` cannot be used: ${grammar.safeParse(text).error?.issues[0]?.message ?? ''}.`,
    );
  }

  port(): number {
    const names = ['ansible_port', 'ansible_ssh_port'];
    const text = this.text(names);
    if (text === undefined) return 22;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port >= 1 && port <= 65_535) return port;
    this.mistake(this.variable(names)?.value.at, `ansible_port \`${text}\` must be 1 to 65535.`);
    return 22;
  }

  flag(name: string): boolean | undefined {
    const text = this.text([name])?.toLowerCase();
    if (text === undefined) return undefined;
    if (/^(y|yes|true|on|1|t|1\.0)$/.test(text)) return true;
    if (/^(n|no|false|off|0|f|0\.0)$/.test(text)) return false;
    return this.mistake(this.variable([name])?.value.at, `${name} \`${text}\` must be true or false.`);
  }

  private mistake(at: string | undefined, message: string): undefined {
    const place = at ?? this.host.at;
    if (!this.mistakes.some((m) => m.at === place && m.message === message)) this.mistakes.push({ at: place, message });
    return undefined;
  }
}
