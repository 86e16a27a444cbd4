import { z } from 'zod';
import type { FactValue, HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { type Configured, configured } from './config.js';
import { notLoaded } from './loaded.js';
import { type Mode, modeOf } from './mode.js';
import { byKind, notRun, only, othersOnly, type Records, readFrame, whole } from './output.js';
import { HAPROXY_PROBE } from './probe.js';

const args = z.strictObject({
  /** The `backend` or `listen` section; empty: the only one with servers. */
  backend: z.string().max(200).default(''),
  /** A configuration file or directory of the instance meant, where several run; empty: the only one. */
  config: z.string().max(500).default(''),
});

type Args = z.output<typeof args>;

const SHAPES = {
  ...{
    ignored: 1,
    untrusted: 1,
    uid: 1,
    found: 2,
    instances: 1,
    configured: 1,
    off: 2,
    pid: 1,
    process: 5,
    argument: 2,
    program: 2,
    unit: 2,
  },
  ...{
    directory: 2,
    file: 2,
    changed: 2,
    applied: 2,
    link: 1,
    shared: 1,
    unread: 1,
    differs: 2,
    choices: 1,
    backend: 1,
  },
  ...{
    section: 4,
    defaults: 4,
    socket: 4,
    global: 4,
    line: 4,
    conditional: 4,
    setting: 4,
    default: 4,
    idle: 4,
    cut: 1,
    broken: 1,
  },
};

/**
 * An HAProxy on the host: how it runs and is reloaded, its files, and the servers that one backend has in them. `running`
 * is false where there are configuration files under /etc/haproxy and no process; absent where there is neither, and where
 * its unit is switched off.
 */
export const haproxy: HostFact<Args> = {
  name: 'haproxy',
  summary: 'HAProxy: how it runs and is reloaded, its files, and the servers a backend has in them.',
  args,
  schema: {
    running: 'bool',
    root: 'bool',
    version: 'string',
    pid: 'int',
    mode: 'string',
    mode_note: 'string',
    files: 'list<string>',
    backend: 'string',
    file: 'string',
    names: 'list<string>',
    endpoints: 'list<string>',
    backups: 'list<string>',
    backup_endpoints: 'list<string>',
    unclear: 'list<string>',
    edited_by_hand: 'list<string>',
    not_loaded: 'list<string>',
    plan: { found: 'string' },
  },
  probe: ({ backend, config }) => ({ script: HAPROXY_PROBE, env: { BACKEND: backend, CONFIG: config } }),
  parse: (output) => readFrame('haproxy', output, read),
};

const read = (records: Records): Reading => {
  const of = byKind(records, SHAPES);
  const root = whole(only(of('uid'))[0]) === 0;
  const [count, elsewhere] = only(of('found')).map(whole);
  if (count === 0 && of('ignored').length > 0) return { status: 'error', reason: othersOnly(of('ignored')) };
  if (count === 0) return notRunning(root, elsewhere ?? 0, of('configured'), of('off'));
  if (count !== 1) {
    const names = cleanLine(of('instances')[0]?.[0] ?? '', 200);
    return { status: 'error', reason: `${count} HAProxy instances run here (${names}): choose one with config=PATH.` };
  }
  const unread = of('unread').map(([path = '']) => path);
  if (unread.length > 0)
    return { status: 'error', reason: `${unread.join(', ')} cannot be read${root ? '' : ' without root'}.` };
  if (of('untrusted').length > 0) return { status: 'error', reason: notRun(of('untrusted')) };
  const choices = of('choices')[0]?.[0];
  if (choices !== undefined) {
    const names = choices.trim();
    const why = names === '' ? 'No section has servers' : `Several sections have servers (${cleanLine(names, 150)})`;
    return { status: 'error', reason: `${why}: choose one with backend=NAME.` };
  }
  const others = of('ignored').map(
    ([uids = '']) => `other processes named haproxy, not read: of uid ${cleanLine(uids, 80)}`,
  );
  const seen = configured(of);
  const mode = modeOf(of, root, seen.globals);
  return {
    status: 'read',
    value: valuesOf(root, mode, seen, of('directory')),
    evidence: [...evidenceOf(mode, seen), ...others],
  };
};

const notRunning = (root: boolean, elsewhere: number, files: Records, off: Records): Reading => {
  const away = elsewhere > 0 ? ` (${elsewhere} run in containers, which are not judged)` : '';
  if (files.length === 0) return { status: 'absent', reason: `There is no HAProxy here${away}.` };
  const [unit, state] = off[0] ?? [];
  if (unit !== undefined)
    return { status: 'absent', reason: `No HAProxy runs here${away}, and its unit ${unit} is ${state}.` };
  const names = files.map(([path = '']) => path);
  return {
    status: 'read',
    value: { ...EMPTY, root, files: names },
    evidence: [`no haproxy process runs${away}`, `configured by ${names.join(', ')}`],
  };
};

const EMPTY: FactValue = {
  ...{ running: false, root: false, version: '', pid: 0, mode: 'none', mode_note: 'it does not run' },
  ...{ files: [], backend: '', file: '', names: [], endpoints: [], backups: [], backup_endpoints: [], unclear: [] },
  ...{ edited_by_hand: [], not_loaded: [], plan: { found: '' } },
};

const valuesOf = (root: boolean, mode: Mode, seen: Configured, directories: Records): FactValue => ({
  running: true,
  root,
  version: mode.version,
  pid: mode.pid,
  mode: mode.way,
  mode_note: mode.note,
  files: seen.files.map((one) => one.path),
  backend: seen.backend,
  file: seen.section?.file ?? '',
  names: seen.servers.map((one) => one.name),
  endpoints: seen.servers.filter((one) => !one.backup && one.endpoint !== '').map((one) => one.endpoint),
  backups: seen.servers.filter((one) => one.backup).map((one) => one.name),
  backup_endpoints: seen.servers.filter((one) => one.backup && one.endpoint !== '').map((one) => one.endpoint),
  unclear: seen.unclear.map((one) => cleanLine(one, 200)),
  edited_by_hand: seen.files.filter((one) => one.applied !== '' && one.applied !== one.sha256).map((one) => one.path),
  not_loaded: notLoaded(directories, mode, seen),
  plan: { found: JSON.stringify({ ...seen, mode }) },
});

const evidenceOf = (mode: Mode, seen: Configured): readonly string[] => [
  `HAProxy ${mode.version}, process ${mode.pid}: ${mode.note}`,
  ...seen.servers.slice(0, 20).map((one) => `${seen.section?.file}:${one.line} ${one.text.trim()}`),
];
