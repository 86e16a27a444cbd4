import { z } from 'zod';
import type { FactValue, HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { assignedAgain } from './again.js';
import { keyPath } from './key-path.js';
import { OWN_FILE, obstacles, type Prediction, predict, rcRuns } from './predict.js';
import { SYSCTL_PROBE } from './probe.js';
import { type Setter, settersOf } from './setters.js';
import { type Snapshot, snapshot } from './snapshot.js';
import { atBoot, unclear } from './unclear.js';

/** `net.ipv4.tcp_tw_reuse`; a slash stands for a dot inside a name (`net.ipv4.conf.eth0/100.rp_filter`). */
export const sysctlKey = z
  .string()
  .max(200)
  .regex(
    /^[a-z0-9_]+(?:\.[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*)*\.[A-Za-z0-9_-]+$/,
    'A sysctl is written with dots, such as net.ipv4.tcp_tw_reuse.',
  );

/** A key, or a key that is read only where it is asked for (`asked: "{params.widen}"`): reading one costs 50 ms of CPU. */
const args = z.union([sysctlKey, z.strictObject({ key: sysctlKey, asked: z.boolean() })]);
type Args = z.output<typeof args>;
const keyOf = (of: Args): string => (typeof of === 'string' ? of : of.key);
const isAsked = (of: Args): boolean => typeof of === 'string' || of.asked;

/**
 * A kernel setting in its three states: `running`, what the boot loader (`boot`, systemd-sysctl) and what
 * `sysctl --system` (`system`) will set, each with the file and line that wins; `after_boot` is the end of it all,
 * rc.local included. Empty strings where nothing sets it; `*_set` and `*_known` tell. `at_boot` says the end in words, also
 * where it is not known, and `lasts` that it is known to be the running value.
 */
export const sysctl: HostFact<Args> = {
  name: 'sysctl',
  summary: 'A kernel setting: running, after a reboot, and which file decides.',
  args,
  schema: {
    exists: 'bool',
    running: 'string',
    boot: 'string',
    boot_set: 'bool',
    boot_file: 'string',
    boot_line: 'int',
    system: 'string',
    system_set: 'bool',
    system_file: 'string',
    system_line: 'int',
    loader: 'string',
    loaders_agree: 'bool',
    default: 'string',
    default_known: 'bool',
    after_boot: 'string',
    after_boot_known: 'bool',
    after_boot_by: 'string',
    after_boot_unclear: 'string',
    at_boot: 'string',
    lasts: 'bool',
    read_only: 'bool',
    etc_writable: 'bool',
    root: 'bool',
    kernel: 'string',
    other_setters: 'list<string>',
    conflicting_setters: 'list<string>',
    managers: 'list<string>',
    unread: 'list<string>',
    edit: {
      conf: 'list<string>',
      rc_local: 'list<string>',
      blockers: 'list<string>',
      files: 'list<string>',
      own: 'list<string>',
      own_kind: 'string',
    },
  },
  probe: (of) => {
    const name = keyOf(of);
    if (!isAsked(of)) return { script: ':', env: {} };
    return { script: SYSCTL_PROBE, shares: true, env: {}, lists: { KEYS: [`${name} ${keyPath(name)}`] } };
  },
  parse: (output, of) => {
    const name = keyOf(of);
    if (!isAsked(of)) return { status: 'absent', reason: `${name} is not asked for.` };
    const seen = snapshot(output, name);
    if (!seen.ok) return { status: 'error', reason: seen.reason };
    if (seen.value.running === undefined) return { status: 'absent', reason: `This kernel has no ${name}.` };
    return interpret(name, seen.value, seen.value.running);
  },
};

const oneLine = (text: string): string => cleanLine(text.replace(/\s+/g, ' '), 200);

const interpret = (name: string, seen: Snapshot, raw: string): Reading => {
  const running = oneLine(raw);
  const found = predict(name, seen, raw);
  const after = found.afterBoot;
  const value: FactValue = {
    exists: true,
    running,
    boot: oneLine(found.boot.value ?? ''),
    boot_set: found.boot.value !== undefined,
    boot_file: found.boot.file,
    boot_line: found.boot.line,
    system: oneLine(found.system.value ?? ''),
    system_set: found.system.value !== undefined,
    system_file: found.system.file,
    system_line: found.system.line,
    loader: found.loader,
    loaders_agree: found.agree,
    default: oneLine(found.fallback ?? ''),
    default_known: found.fallback !== undefined,
    after_boot: oneLine(after?.value ?? ''),
    after_boot_known: after !== undefined,
    after_boot_by: after?.by ?? '',
    after_boot_unclear: cleanLine(unclear(found, seen)),
    at_boot: cleanLine(atBoot(found, seen)),
    lasts: after !== undefined && oneLine(after.value) === running,
    read_only: seen.root && !seen.writable,
    etc_writable: !seen.root || seen.etcWritable,
    root: seen.root,
    kernel: cleanLine(seen.kernel, 80),
    other_setters: found.setters.map((one) => cleanLine(`${one.path}:${one.number} ${one.text}`, 200)),
    conflicting_setters: conflicting(found, seen).map((text) => cleanLine(text, 200)),
    managers: seen.managers.map((one) => cleanLine(one, 120)),
    unread: seen.unread.map((one) => cleanLine(one, 200)),
    edit: editing(name, found, seen),
  };
  return { status: 'read', value, evidence: evidence(name, running, found, seen) };
};

/** Lines outside the sysctl files that set another value than the files do, or than will be there at the end. */
const conflicting = (found: Prediction, seen: Snapshot): string[] => {
  const inForce = found.loader === 'systemd' ? found.boot : found.system;
  const inRc = (path: string) => seen.rcLocal.some((rc) => rc.path === path);
  return found.setters
    .filter((one) => one.what === 'set' && one.value !== undefined)
    .filter((one) =>
      inRc(one.path)
        ? inForce.value !== undefined && !isSame(one.value, inForce.value)
        : found.afterBoot === undefined && !isSame(one.value, inForce.value ?? found.fallback),
    )
    .map((one) => `${one.path}:${one.number}${inRc(one.path) ? '' : ' (order unknown)'}`);
};

const isSame = (one = '', other = ''): boolean => oneLine(one) === oneLine(other);

/** What a change of this key has to deal with, as JSON objects; read by the change `sysctl`. */
const editing = (name: string, found: Prediction, seen: Snapshot): FactValue => {
  const blocks = obstacles(name, seen);
  const own = seen.files.find((file) => file.path === OWN_FILE);
  const conf = seen.files.find((file) => file.path === '/etc/sysctl.conf');
  const rc = new Set(seen.rcLocal.map((file) => file.path));
  const inRc = found.setters.filter((one) => rc.has(one.path));
  const odd = [
    ...(own && (own.type !== 'file' || own.link !== undefined) ? [{ who: `${OWN_FILE} is no regular file` }] : []),
    ...(conf?.link !== undefined && blocks.conf.length > 0
      ? blocks.conf.map((one) => ({ who: `/etc/sysctl.conf:${one.number} (the file is a link)`, value: one.value }))
      : []),
    ...blocks.conf
      .filter((one) => !one.editable)
      .map((one) => ({ who: `/etc/sysctl.conf:${one.number}`, value: one.value })),
    ...blocks.later.map((one) => ({ who: `${one.path}:${one.number}`, value: one.value })),
    ...found.setters
      .filter((one) => one.what === 'set' && !(one.exact && rc.has(one.path)))
      .map((one) => ({ who: `${one.path}:${one.number}`, value: one.value })),
    ...found.setters.filter((one) => one.what === 'file').flatMap((one) => loads(name, one, seen)),
  ];
  return {
    conf: blocks.conf
      .filter((one) => one.editable && conf?.link === undefined)
      .map((one) => JSON.stringify({ path: one.path, line: one.number, value: one.value, text: one.text })),
    rc_local: inRc
      .filter((one) => one.what === 'set' && one.exact)
      .map((one) => JSON.stringify({ path: one.path, line: one.number, value: one.value, text: one.text })),
    blockers: odd.map((one) => JSON.stringify(one)),
    files: [...seen.stats].map(([path, stat]) => {
      const run = seen.rcLocal.find((file) => file.path === path)?.executable;
      return JSON.stringify({
        path,
        ...stat,
        ...(run !== undefined && { run: run ? 'executable' : 'not executable' }),
      });
    }),
    own: own ? (seen.own ?? []) : [],
    own_kind: !own ? 'absent' : own.type === 'file' && own.link === undefined ? 'file' : 'other',
  };
};

/** What a line that runs `sysctl -p` brings back; the lines of /etc/sysctl.conf are the change's own to take out. */
const loads = (name: string, setter: Setter, seen: Snapshot): readonly { who: string; value?: string }[] => {
  const who = `${setter.path}:${setter.number} (reads ${setter.value})`;
  const last = assignedAgain(name, setter, seen)?.filter((one) => one.path !== '/etc/sysctl.conf');
  if (last === undefined) return [{ who }];
  return last.slice(-1).map(({ value }) => ({ who, value }));
};

const evidence = (name: string, running: string, found: Prediction, seen: Snapshot): string[] => {
  const origin = (one: Prediction['boot']) =>
    one.value === undefined ? 'nothing sets it' : `${one.value} by ${one.file}:${one.line}`;
  const run = rcRuns(seen);
  const dormant = settersOf(
    name,
    seen.rcLines.filter((line) => !run.some((one) => one.path === line.path && one.number === line.number)),
  );
  return [
    `/proc/sys/${keyPath(name)}: ${running}`,
    `systemd-sysctl would set: ${origin(found.boot)}`,
    `sysctl --system would set: ${origin(found.system)}`,
    `in force at boot: ${found.loader}${seen.systemd === 'masked' ? ' (systemd-sysctl.service is masked)' : ''}`,
    `kernel ${seen.kernel}, default ${found.fallback ?? 'not known'}`,
    ...(seen.procps.includes('procps') && !/ (?:[4-9]|\d\d)\./.test(seen.procps)
      ? [`${seen.procps}: the rules of sysctl --system were measured on procps 4.0.2`]
      : []),
    ...seen.unread.slice(0, 20).map((path) => `could not be read${seen.root ? '' : ' without root'}: ${path}`),
    ...(seen.rcService === 'runs'
      ? []
      : [
          `rc-local.service is ${seen.rcService === 'masked' ? 'masked' : 'not there or not enabled'}: rc.local is not run at boot`,
        ]),
    ...found.setters.map((one) => `also set by ${one.path}:${one.number}: ${one.text}`),
    ...dormant.map((line) => `never runs: ${line.path}:${line.number}: ${line.text}`),
    ...found.refused.map((one) => `the kernel refuses ${one.path}:${one.number}: ${one.text}`),
    ...[...seen.stats]
      .filter(([, stat]) => stat.sha256 === '')
      .slice(0, 1)
      .map(() => 'no sha256sum on this host'),
  ].map((line) => cleanLine(line));
};
