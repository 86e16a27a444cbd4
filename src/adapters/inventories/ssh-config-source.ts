import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Fault, fault, ok, type Result } from '../../core/fault.js';
import type { Found, Listing } from '../../core/inventory.js';
import type { SshConfigEntry } from '../../core/inventory-entry.js';
import { hostAddress, hostName, userName } from '../../core/label.js';
import type { Hop, Target } from '../../core/target.js';
import { parseJump } from './jump.js';
import { readText } from './read-text.js';
import { type Misreading, misread, type Source, type Surroundings, unread } from './source.js';
import { evaluate, expandHost, type HostSettings } from './ssh-config-evaluate.js';
import { readSshConfig, type Section, type Setting, type SshConfigFile } from './ssh-config-read.js';

/** The hosts that an ssh_config names: those of `Host` lines that are no patterns. */
export const sshConfigSource = (entry: SshConfigEntry, around: Surroundings & { readonly user: string }): Source => {
  const name = around.shown(entry.file);
  return {
    name,
    read: async () => {
      const text = await readText(entry.file);
      if (typeof text !== 'string') return unread(name, text.why, text.next);
      const file = await readSshConfig(entry.file, text, around);
      return new Hosts(file, entry, around).listing(name);
    },
  };
};

const MAX_HOPS = 8;

/** Where a host is and who logs in there, with what stands in the way. */
interface Address extends Hop {
  readonly settings: HostSettings;
}

class Hosts {
  private readonly mistakes: Misreading[];
  private readonly notes: string[] = [];

  constructor(
    private readonly file: SshConfigFile,
    private readonly entry: SshConfigEntry,
    private readonly around: Surroundings & { readonly user: string },
  ) {
    this.mistakes = [...file.mistakes];
  }

  listing(name: string): Result<Listing> {
    const found: Found[] = [];
    const seen = new Set<string>();
    for (const line of this.file.lines) {
      if (line.kind !== 'section' || !line.patterns) continue;
      const here: Found[] = [];
      for (const host of line.patterns.filter((pattern) => !/[*?!]/.test(pattern))) {
        if (seen.has(host)) continue;
        const one = this.found(host, line);
        if (!one) continue;
        seen.add(host);
        const twin = here.find((other) => sameEndpoint(other.target, one.target));
        if (twin) this.notes.push(`${host} is another name of ${twin.target.name} (${line.at}).`);
        else here.push(one);
      }
      found.push(...here);
    }
    return this.mistakes.length > 0 ? misread(name, this.mistakes) : ok({ found, notes: this.notes });
  }

  private found(name: string, section: Section): Found | undefined {
    const address = this.address(name, undefined, undefined);
    if (!address.settings.holds(section)) return undefined;
    if (!hostName.safeParse(name).success) {
      this.notes.push(`${name} is no name that a target can have (${section.at}).`);
      return undefined;
    }
    const { settings, host, port, user, identity } = address;
    const way = this.way(settings, 0);
    const closed = typeof way === 'string' ? this.closed(name, way, section) : undefined;
    const target: Target = {
      name,
      transport: 'ssh',
      host,
      port,
      user,
      ...(identity !== undefined && { identity }),
      become: this.entry.become ?? 'none',
      labels: this.entry.labels,
      ...(typeof way !== 'string' && way.length > 0 && { jump: way }),
      ...(closed && { unreachable: closed }),
    };
    return { target, place: section.at };
  }

  private closed(name: string, why: string, section: Section): Fault {
    const next = 'Use ProxyJump, or name the host under `targets`.';
    return fault('host_unmanaged', `${name} is not reached: ${why} (${section.at}).`, next);
  }

  private address(name: string, user: string | undefined, port: number | undefined): Address {
    const settings = evaluate(this.file, {
      host: name,
      localUser: this.around.user,
      ...(user !== undefined && { user }),
    });
    const said = settings.first('hostname');
    const host = expandHost(said?.value, name);
    if (!hostAddress.safeParse(host).success)
      this.mistake(said?.at, `HostName ${host} must be a host name or an IP address.`);
    const login = user ?? settings.first('user')?.value ?? this.entry.user;
    if (!userName.safeParse(login).success)
      this.mistake(settings.first('user')?.at, `User ${login} must be a user name.`);
    const at = port ?? this.port(settings.first('port'));
    const identity = this.identity(settings.identities, { name, host, login, port: at });
    return { settings, host, port: at, user: login, ...(identity !== undefined && { identity }) };
  }

  private port(setting: Setting | undefined): number {
    if (!setting) return 22;
    const port = /^\d{1,5}$/.test(setting.value) ? Number(setting.value) : 0;
    if (port < 1 || port > 65_535) this.mistake(setting.at, `Port ${setting.value} must be 1 to 65535.`);
    return port;
  }

  /** The first key file that is there; where none is, the first that is named. */
  private identity(
    settings: readonly Setting[],
    { name, host, login, port }: { name: string; host: string; login: string; port: number },
  ): string | undefined {
    const { home, user } = this.around;
    const tokens: Readonly<Record<string, string>> = {
      ...{ d: home, h: host, n: name, r: login, p: String(port), u: user, '%': '%' },
    };
    const files = settings
      .filter(({ value }) => value !== 'none')
      .map(({ value, at }) => {
        if (value.includes('${'))
          this.mistake(at, `IdentityFile ${value} has a variable of the environment; write it out.`);
        const path = value.replace(/%(.)/g, (whole, token: string) => {
          if (tokens[token] === undefined) this.mistake(at, `IdentityFile ${value}: ${whole} is not known.`);
          return tokens[token] ?? whole;
        });
        return resolve(this.around.directory, path.replace(/^~(?=\/|$)/, home));
      });
    return files.find((path) => existsSync(path)) ?? files[0] ?? this.entry.identity;
  }

  /** The hosts on the way, or why it cannot be gone. A hop's own settings hold, its own ProxyJump where it is the first. */
  private way(settings: HostSettings, depth: number): readonly Hop[] | string {
    const command = settings.first('proxycommand');
    if (command && command.value.toLowerCase() !== 'none')
      return `its ProxyCommand (${command.at}) is not run by Runbolt`;
    const jump = settings.first('proxyjump');
    if (!jump || jump.value.toLowerCase() === 'none') return [];
    const written = parseJump(jump.value);
    if (!written) return `its ProxyJump (${jump.at}) is not understood`;
    if (depth >= MAX_HOPS) return `its ProxyJump (${jump.at}) leads in a circle`;
    const hops: Hop[] = [];
    for (const [i, { host: alias, user, port }] of written.entries()) {
      const { settings: own, ...hop } = this.address(alias, user, port);
      const before = i === 0 ? this.way(own, depth + 1) : [];
      if (typeof before === 'string') return before;
      hops.push(...before, hop);
    }
    return hops.length > MAX_HOPS ? `more than ${MAX_HOPS} hosts lie on its way` : hops;
  }

  private mistake(at: string | undefined, message: string): void {
    const place = at ?? this.entry.at;
    if (!this.mistakes.some((m) => m.at === place && m.message === message)) this.mistakes.push({ at: place, message });
  }
}

const sameEndpoint = (a: Target, b: Target): boolean => a.host === b.host && a.port === b.port && a.user === b.user;
