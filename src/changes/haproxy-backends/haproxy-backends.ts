import { z } from 'zod';
import { type ChangeType, type Planned, refused } from '../../core/change-type.js';
import type { Reading } from '../../core/fact-type.js';
import { OPTIONS } from './alike.js';
import { type Found, foundHaproxy, foundHosts, foundReload, foundState } from './found.js';
import { notes } from './notes.js';
import { obstacle } from './obstacle.js';
import { lasting, type Rendering, recipe, render, shown } from './render.js';
import { HAPROXY_BACKENDS_SCRIPTS } from './scripts.js';

const factName = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/);

const args = z.strictObject({
  /** The runbook's facts of these types, by name. */
  haproxy: factName,
  state: factName,
  reload: factName,
  hosts: factName,
  /** What follows address and port on a new server line; `{name}` is the host's name. */
  options: z.string().max(300).regex(OPTIONS, 'options are words of a server line').default('check'),
  /** Asked through the balancer afterwards: `http://127.0.0.1/health`; an IP address or localhost. */
  health_url: z
    .string()
    .max(300)
    .regex(
      /^(http:\/\/(localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9A-Fa-f:]+\])(:\d{1,5})?\/[A-Za-z0-9_.,~:/?&=%+-]*)?$/,
      'health_url must be http://IP:PORT/PATH',
    )
    .default(''),
  /** A file that was edited by hand since Runbolt wrote it is taken as it is. */
  adopt: z.boolean().default(false),
});

type Args = z.output<typeof args>;

/**
 * Brings the servers of one backend in line with hosts of the inventory, in the file and in the running process: by the
 * runtime API where that is possible, else by a reload that loses nothing. Only `server` lines of that section change.
 */
export const haproxyBackends: ChangeType<Args> = {
  name: 'haproxy_backends',
  summary: 'Brings the servers of an HAProxy backend in line with the inventory.',
  args,
  scripts: HAPROXY_BACKENDS_SCRIPTS,
  needs: ({ haproxy, state, reload, hosts }) => [
    { type: 'haproxy', fact: haproxy },
    { type: 'haproxy_state', fact: state },
    { type: 'haproxy_reload', fact: reload },
    { type: 'inventory', fact: hosts },
  ],
  plan: (wanted, readings) => plan(wanted, readings),
};

const plan = ({ options, health_url, adopt }: Args, readings: readonly Reading[]): Planned => {
  const unread = readings.find((one) => one.status !== 'read');
  if (unread) return refused(unread.reason);
  const [config, state, reload, hosts] = readings.map((one) => (one.status === 'read' ? one.value : undefined));
  const known = z.tuple([foundHaproxy.extend({ plan: z.unknown() }), foundHosts]).safeParse([config, hosts]);
  if (!known.success) return refused('What was read of HAProxy cannot be planned with.');
  if (!known.data[0].running)
    return refused('HAProxy does not run: start it, then its servers can be brought in line.');
  if (!known.data[0].root) return refused('It was read without root; a change needs root.');
  if (known.data[1].hosts.length === 0)
    return refused(`The inventory has no host for ${known.data[1].select}: an empty query changes nothing.`);
  const parsed = z.tuple([foundHaproxy, foundState, foundReload, foundHosts]).safeParse([config, state, reload, hosts]);
  if (!parsed.success) return refused('What was read of HAProxy cannot be planned with.');
  const [h, s, r, i] = parsed.data;
  const found: Found = {
    config: h.plan.found,
    root: h.root,
    notLoaded: h.not_loaded,
    state: s.plan.found,
    kept: s.kept,
    reload: r,
    hosts: i.hosts,
    select: i.select,
  };
  const rendering = render(found.config, found.hosts, options);
  if (rendering.added.length + rendering.removed.length === 0 && runsAsWanted(found, rendering))
    return { kind: 'nothing' };
  const reason = obstacle(found, rendering, adopt);
  return reason === undefined ? step(found, rendering, health_url) : refused(reason);
};

const runsAsWanted = ({ state }: Found, { wanted }: Rendering): boolean =>
  state.servers.length === wanted.length &&
  wanted.every(({ name, endpoint }) =>
    state.servers.some((one) => one.name === name && (endpoint === '' || one.endpoint === endpoint)),
  );

const DYNAMIC = new Set(['roundrobin', 'leastconn', 'random', 'first']);

interface Named {
  readonly name: string;
}

/** Why the runtime API cannot do it; undefined when it can. Versions: experimental before 2.6, checks since 2.5. */
const onlyByReload = (
  { config, state }: Found,
  { added, removed }: { readonly added: readonly Named[]; readonly removed: readonly Named[] },
): string | undefined => {
  const [major = 0, minor = 0] = state.version.split('.').map((part) => Number.parseInt(part, 10));
  if (!(major > 2 || (major === 2 && minor >= 6))) return `HAProxy ${state.version} adds no servers at run time`;
  if (state.level !== 'admin') return `its socket has level ${state.level || 'unknown'}`;
  if (removed.some((one) => added.some((other) => other.name === one.name))) return 'a server changes its address';
  if (added.length === 0) return undefined;
  const algorithm = config.balance.replace(/\(.*$/, '');
  if (!DYNAMIC.has(algorithm) && config.hashType !== 'consistent')
    return `balance ${algorithm} takes no servers at run time`;
  return config.defaultServer ? 'servers added at run time would not get its default-server settings' : undefined;
};

const wayOf = (because: string | undefined): string => (because === undefined ? 'runtime' : 'reload');

const step = (found: Found, rendering: Rendering, url: string): Planned => {
  const { config, state } = found;
  const { mode } = config;
  const edited = config.files.find((one) => one.path === config.section.file);
  const because = onlyByReload(found, rendering);
  const edits = rendering.added.length + rendering.removed.length > 0;
  const gone = addressesGone(found, rendering);
  const effects = [...shown(config.section.file, rendering), ...notes(found, rendering, because, url)];
  const table = (servers: readonly { name: string; endpoint: string; rest: string }[]) =>
    servers.map((one) => `${one.name} ${one.endpoint || '-'} ${one.rest}`.trimEnd()).join('\n');
  return {
    kind: 'steps',
    steps: [
      {
        title: `servers of ${config.backend}: ${rendering.added.length} added, ${rendering.removed.length} removed`,
        effects,
        ...(gone.length > 0 && { gone }),
        ...(edits && { lasting: lasting(config.section.file, config.section.text, rendering) }),
        env: {
          BACKEND: config.backend,
          FILE: config.section.file,
          BEFORE: edited?.sha256 ?? '',
          RECIPE: edits ? recipe(rendering) : '',
          FILES: config.files.map((one) => `${one.sha256} ${one.path}`).join('\n'),
          DIRECTORIES: mode.directories.join('\n'),
          APPLIED: `/var/lib/runbolt/haproxy/${config.section.file.replaceAll('/', '%')}`,
          APPLIED_BEFORE: edited?.applied ?? '',
          PROGRAM: mode.program,
          PROCESS: `${mode.pid} ${mode.ticks}`,
          KEEP: mode.keep.join('\n'),
          CONFIGS: mode.configs.join('\n'),
          PID_FILE: mode.pidFile,
          BINDS: found.reload.plan.found.ports.join('\n'),
          BESIDE: found.reload.plan.found.beside.join('\n'),
          MODE: mode.way,
          UNIT: mode.unit,
          EXPOSING: mode.exposing,
          SOCKET: state.socket,
          VIA: state.via,
          LEVEL: state.level,
          MASTER: state.master,
          WAY: wayOf(because),
          WAY_BACK: wayOf(onlyByReload(found, { added: rendering.removed, removed: rendering.added })),
          RUNNING: state.servers.map((one) => `${one.name} ${one.endpoint}`).join('\n'),
          WANTED: table(rendering.wanted),
          WAS: table(config.servers),
          NEW: table(rendering.added),
          URL: url,
        },
      },
    ],
  };
};

/** Where requests go no more: addresses of servers in the file or in the process, of which none that is no backup is left. */
const addressesGone = ({ config, state }: Found, { kept, added }: Rendering): readonly string[] => {
  const addressOf = (endpoint: string) => endpoint.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  const left = new Set([...kept.filter((one) => !one.backup), ...added].map((one) => addressOf(one.endpoint)));
  const backups = new Set(kept.flatMap((one) => (one.backup ? [one.name] : [])));
  const running = state.servers.filter((one) => !backups.has(one.name));
  const had = [...config.servers.filter((one) => !one.backup), ...running].map((one) => addressOf(one.endpoint));
  return [...new Set(had)].filter((address) => address !== '' && !left.has(address)).sort();
};
