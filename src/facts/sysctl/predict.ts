import { assignedAgain, touches } from './again.js';
import { keyPath } from './key-path.js';
import { type Assignment, type ConfLine, procpsAssignments, SYSCTL_CONF, systemdAssignments } from './loaders.js';
import { runningLines, type ScriptLine } from './script-lines.js';
import { type Setter, settersOf } from './setters.js';
import type { Snapshot } from './snapshot.js';
import { kernelDefault, written } from './value.js';

/** The product's own drop-in: read last of all unless somebody has a file that sorts later. */
export const OWN_FILE = '/etc/sysctl.d/99-zz-runbolt.conf';

/** A value and where it comes from (`/etc/sysctl.conf:12`); undefined value: nothing sets it. */
export interface Origin {
  readonly value: string | undefined;
  readonly file: string;
  readonly line: number;
}

const NOBODY: Origin = { value: undefined, file: '', line: 0 };

/** The last assignment that the kernel accepts. */
const outcome = (key: string, assignments: readonly Assignment[], running: string, start: string | undefined): Origin =>
  assignments.reduce((before: Origin, one) => {
    const value = written(key, one.value, running, before.value ?? start);
    return value === undefined ? before : { value, file: one.path, line: one.number };
  }, NOBODY);

/** The file to edit instead of the usual link to it. */
const unlinked = (origin: Origin, seen: Snapshot): Origin => {
  const link = seen.files.find((file) => file.path === origin.file)?.link;
  return link === '../sysctl.conf' || link === SYSCTL_CONF ? { ...origin, file: SYSCTL_CONF } : origin;
};

/** What is known of the key after a reboot. */
export interface Prediction {
  readonly boot: Origin;
  readonly system: Origin;
  readonly loader: 'systemd' | 'procps' | 'none';
  readonly fallback: string | undefined;
  /** Value and source after a reboot, rc.local included; undefined where it cannot be told. */
  readonly afterBoot: { readonly value: string; readonly by: string } | undefined;
  readonly agree: boolean;
  readonly setters: readonly Setter[];
  readonly refused: readonly Assignment[];
}

/** The three-state truth about a key that exists: by each loader, and after everything else that runs at boot. */
export const predict = (key: string, seen: Snapshot, running: string): Prediction => {
  const path = keyPath(key);
  const bySystemd = systemdAssignments(path, seen.files, seen.lines);
  const byProcps = procpsAssignments(path, seen.files, seen.lines);
  const fallback = commandLine(key, seen.cmdline) ?? kernelDefault(key, seen.kernel);
  const boot = unlinked(outcome(key, bySystemd, running, fallback), seen);
  const system = unlinked(outcome(key, byProcps, running, boot.value ?? fallback), seen);
  const hasProcps = seen.procps.includes('procps');
  const loader = seen.systemd === 'systemd' ? 'systemd' : hasProcps && seen.systemd === 'none' ? 'procps' : 'none';
  const inForce = loader === 'systemd' ? boot : loader === 'procps' ? system : NOBODY;

  const rcSetters = settersOf(key, rcRuns(seen));
  const otherSetters = settersOf(key, seen.otherLines).filter((setter) => touches(key, setter, seen));
  const start = inForce.value ?? fallback;
  const loaded = start === undefined ? undefined : { value: start, by: inForce.value ? place(inForce) : 'the kernel' };
  const afterRc = rcSetters.reduce((now, one) => afterSetter(now, one, { key, running, seen }), loaded);
  // Nobody known reads the files that set it: an init system of another kind may.
  const unloaded = loader === 'none' && (boot.value !== undefined || system.value !== undefined);
  const contested = otherSetters.some(
    (one) => afterRc === undefined || ifItRuns(afterRc, one, { key, running, seen })?.value !== afterRc.value,
  );
  return {
    boot,
    system,
    loader,
    fallback,
    afterBoot: contested || unloaded || seen.unread.length > 0 ? undefined : afterRc,
    agree: agree(boot, system, fallback),
    setters: [...rcSetters, ...otherSetters],
    refused: [...bySystemd, ...byProcps].filter((one) => written(key, one.value, running, running) === undefined),
  };
};

/** The lines of rc.local that may run at boot. */
export const rcRuns = (seen: Snapshot): readonly ScriptLine[] =>
  seen.rcLocal.flatMap(({ path: file, executable }) =>
    runningLines(
      executable && seen.rcService === 'runs',
      seen.rcLines.filter((line) => line.path === file),
    ),
  );

const place = (origin: Origin): string => `${origin.file}:${origin.line}`;

/** `sysctl --system` leaves alone what it does not set; what boot leaves alone keeps the kernel's default. */
const agree = (boot: Origin, system: Origin, fallback: string | undefined): boolean =>
  system.value === undefined || system.value === (boot.value ?? fallback);

type After = Prediction['afterBoot'];

/** What a setter works on: the key, its running value, and the files that it may load. */
interface Scene {
  readonly key: string;
  readonly running: string;
  readonly seen: Snapshot;
}

/** What may not run leaves it known only where it would change nothing. */
const afterSetter = (now: After, setter: Setter, scene: Scene): After => {
  const after = ifItRuns(now, setter, scene);
  if (setter.sure) return after;
  return after?.value === now?.value ? now : undefined;
};

const ifItRuns = (now: After, setter: Setter, { key, running, seen }: Scene): After => {
  const by = `${setter.path}:${setter.number}`;
  if (setter.what === 'set') {
    const value = setter.value === undefined ? undefined : written(key, setter.value, running, now?.value);
    return value === undefined ? undefined : { value, by };
  }
  const assigned = assignedAgain(key, setter, seen);
  if (assigned === undefined) return undefined;
  const { value } = outcome(key, assigned, running, now?.value);
  return value === undefined ? now : { value, by };
};

/** `sysctl.net.ipv4.tcp_tw_reuse=1` on the kernel's command line (5.8+), set before any loader runs. */
const commandLine = (key: string, words: readonly string[]): string | undefined => {
  const last = words.findLast((word) => {
    const name = word.slice('sysctl.'.length, word.indexOf('='));
    return name === key || name === keyPath(key);
  });
  return last?.slice(last.indexOf('=') + 1);
};

/** What stands between the product's own drop-in and a value that lasts. */
export interface Obstacles {
  /** Assignments in /etc/sysctl.conf: `sysctl --system` reads that file last. */
  readonly conf: readonly (Assignment & { readonly editable: boolean })[];
  /** Assignments that either loader writes after the own drop-in, /etc/sysctl.conf aside. */
  readonly later: readonly Assignment[];
}

/** Both loaders again, as if the own drop-in named the key. */
export const obstacles = (key: string, seen: Snapshot): Obstacles => {
  const path = keyPath(key);
  const own: ConfLine = { path: OWN_FILE, number: 1, text: `${key} = the drop-in’s own` };
  const files = [...seen.files.filter((f) => f.path !== OWN_FILE), { path: OWN_FILE, type: 'file' as const }];
  const lines = [...seen.lines.filter((line) => line.path !== OWN_FILE), own];
  const conf = procpsAssignments(path, files, lines).filter((one) => one.path === SYSCTL_CONF && one.explicit);
  const rest = lines.filter((line) => !conf.some((one) => one.path === line.path && one.number === line.number));
  const after = (assignments: readonly Assignment[]) =>
    assignments.slice(assignments.findIndex((one) => one.path === OWN_FILE) + 1);
  const later = [...after(systemdAssignments(path, files, rest)), ...after(procpsAssignments(path, files, rest))];
  const unique = new Map(later.map((one) => [`${one.path}:${one.number}`, one]));
  return {
    conf: conf.map((one) => ({ ...one, editable: !one.text.replace(/\r$/, '').includes('\r') })),
    later: [...unique.values()],
  };
};
