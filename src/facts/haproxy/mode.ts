import { cleanLine } from '../../core/text.js';
import { only, type Records, whole } from './output.js';

/** How the instance can be reloaded. `usr2`: by its master; `systemd`: by its unit; `sockets`: by a successor. */
export interface Mode {
  readonly way: 'usr2' | 'systemd' | 'sockets' | 'unknown';
  readonly note: string;
  readonly version: string;
  readonly program: string;
  readonly pid: number;
  /** Start of the process, clock ticks since boot: with the pid, it names the process. */
  readonly ticks: number;
  /** When the newest process began, seconds since 1970: what it has loaded is not newer. */
  readonly loaded: number;
  readonly unit: string;
  /** Arguments that hold for `haproxy -c` too. */
  readonly keep: readonly string[];
  /** As on its command line: files and directories. */
  readonly configs: readonly string[];
  readonly pidFile: string;
  readonly directories: readonly string[];
  /** Of a `stats socket` with `expose-fd listeners`, which a successor takes the listeners from. */
  readonly exposing: string;
}

const PACKET_FILTERS = /\b(iptables|ip6tables|nft|tc|ipset|iptables-legacy|firewall-cmd)\b/;

/**
 * How a reload is done here, from the live process: the flags of its command line, its signal handler, its unit's reload
 * command and the sockets of its configuration. `unknown`, with the reason, for everything that is known to lose
 * requests: stop and start, `-sf` without its listeners, packets dropped meanwhile.
 */
export const modeOf = (of: (kind: string) => Records, root: boolean, globals: readonly string[]): Mode => {
  const pid = whole(only(of('pid'))[0]);
  const processes = of('process').map((fields) => fields.map(whole));
  const main = processes.find(([one]) => one === pid) ?? [];
  const values = (kind: string) => of('argument').flatMap(([k, value = '']) => (k === kind ? [value] : []));
  const flags = new Set(values('flag'));
  const [program = '', version = ''] = of('program')[0] ?? [];
  const [unit = '', reload = ''] = of('unit')[0] ?? [];
  const exposing = of('socket').flatMap(([, , , text = '']) =>
    /\bexpose-fd[ \t]+listeners\b/.test(text) ? (/^\s*stats\s+socket\s+(?:unix@)?(\/\S+)/.exec(text)?.[1] ?? []) : [],
  );
  const base = {
    version: cleanLine(version, 60) || 'of unknown version',
    program: cleanLine(program, 300),
    pid,
    ticks: main[2] ?? 0,
    loaded: Math.max(0, ...processes.map(([, , , started = 0]) => started)),
    unit,
    keep: values('keep'),
    configs: values('config'),
    pidFile: values('pidfile').at(-1) ?? '',
    directories: of('directory').map(([, path = '']) => path),
    exposing: exposing[0] ?? '',
  };
  const unknown = (note: string): Mode => ({ ...base, way: 'unknown', note });
  if (!root) return unknown('how it is reloaded cannot be told without root');
  if (values('odd').length > 0) return unknown('its command line has arguments with tabs or line ends');
  const master = flags.has('-W') || flags.has('-Ws') || globals.includes('master-worker');
  const daemon = flags.has('-D') || globals.includes('daemon');
  if (master) {
    if (processes.length < 2 || main[4] !== 1) return unknown('it is a worker whose master is gone');
    if (unit === '') return { ...base, way: 'usr2', note: 'master-worker, reloaded by USR2 to the master' };
    if (PACKET_FILTERS.test(reload))
      return unknown(`${unit} reloads it while packets are dropped: a crash in between is an outage that lasts`);
    if (reload === '') return unknown(`${unit} has no ExecReload`);
    return { ...base, way: 'systemd', note: `master-worker, reloaded by systemctl reload ${unit}` };
  }
  if (unit !== '') return unknown(`${unit} runs it without a master (-W): what its reload loses is not known`);
  if (daemon && base.exposing !== '' && base.configs.every((path) => path.startsWith('/')))
    return {
      ...base,
      way: 'sockets',
      note: `a daemon, followed by one that takes its listeners from ${base.exposing}`,
    };
  if (daemon) return unknown('a daemon without `expose-fd listeners`: its reload loses requests');
  return unknown('it runs in the foreground without a master (-W): only a stop and start would reload it');
};
