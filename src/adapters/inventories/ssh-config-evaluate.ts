import { globMatches } from '../../core/host-pattern.js';
import type { Criterion, Section, Setting, SshConfigFile } from './ssh-config-read.js';

/** What an ssh_config says of one host: the first value of each keyword, and every IdentityFile. */
export interface HostSettings {
  first(keyword: string): Setting | undefined;
  readonly identities: readonly Setting[];
  /** Whether a `Host` or `Match` line holds for it. */
  holds(section: Section): boolean;
}

export interface Asked {
  readonly host: string;
  /** As given on the command line, which goes before every `User`. */
  readonly user?: string;
  readonly localUser: string;
}

/** Evaluates in the file's order, as ssh does: a `Match host` sees the HostName that was set above it. */
export const evaluate = ({ lines }: SshConfigFile, asked: Asked): HostSettings => {
  const held = new Set<Section>();
  const first = new Map<string, Setting>();
  const identities: Setting[] = [];
  for (const line of lines) {
    if (!line.within.every((section) => held.has(section))) continue;
    if (line.kind === 'section') {
      if (line.patterns ? listMatches(line.patterns, asked.host) : criteriaHold(line.criteria ?? [], asked, first))
        held.add(line);
    } else if (line.keyword === 'identityfile') identities.push(line);
    else if (line.keyword === 'proxyjump' || line.keyword === 'proxycommand') {
      if (!first.has('proxyjump') && !first.has('proxycommand')) first.set(line.keyword, line);
    } else if (!first.has(line.keyword)) first.set(line.keyword, line);
  }
  return { first: (keyword) => first.get(keyword), identities, holds: (section) => held.has(section) };
};

const criteriaHold = (criteria: readonly Criterion[], asked: Asked, first: ReadonlyMap<string, Setting>): boolean => {
  const subject = (name: Criterion['name']): string => {
    if (name === 'host') return expandHost(first.get('hostname')?.value, asked.host);
    if (name === 'user') return asked.user ?? first.get('user')?.value ?? asked.localUser;
    return name === 'localuser' ? asked.localUser : asked.host;
  };
  return (
    criteria.length > 0 &&
    criteria.every(
      ({ name, negated, patterns }) => (name === 'all' || listMatches(patterns, subject(name))) !== negated,
    )
  );
};

/** A HostName with `%h` and `%%` replaced; without one, the host as asked for. */
export const expandHost = (name: string | undefined, host: string): string =>
  name === undefined ? host : name.replace(/%([h%])/g, (_, token: string) => (token === 'h' ? host : '%'));

/** A pattern list: one must match, and none that is negated. */
const listMatches = (patterns: readonly string[], text: string): boolean => {
  const subject = text.toLowerCase();
  const like = (pattern: string) => globMatches(pattern.toLowerCase(), subject);
  if (patterns.some((pattern) => pattern.startsWith('!') && like(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && like(pattern));
};
