import { z } from 'zod';
import { type ChangeType, type Effect, type Planned, type PlannedStep, refused } from '../../core/change-type.js';
import type { Reading } from '../../core/fact-type.js';
import { json } from '../as-the-fact-writes.js';
import { sha256 } from '../sha256.js';
import { onFirstBoot, writtenFile } from '../user-data.js';
import { SYSCTL_SCRIPTS } from './scripts.js';

const DROPIN = '/etc/sysctl.d/99-zz-runbolt.conf';
const MARK = '# commented out by Runbolt: ';
// In rc.local `:` keeps an if or a loop around the line valid.
const RC_MARK = ': # commented out by Runbolt: ';
const HEADER = ['# Kept by Runbolt. Each line was planned, approved and proved; remove one with a revert.'];

const args = z.strictObject({
  key: z.string().max(200),
  /** A fact of the runbook that reads the key, where it is read only if asked for. */
  fact: z.string().max(40).optional(),
  value: z
    .union([z.string(), z.int()])
    .transform(String)
    .pipe(
      z
        .string()
        .regex(/^[A-Za-z0-9_.,:-]+(?: [A-Za-z0-9_.,:-]+)*$/)
        .max(200),
    ),
});

type Args = z.output<typeof args>;

const line = z.object({ path: z.string(), line: z.int().min(1), value: z.string(), text: z.string() });

/** What planning needs of the fact `sysctl`. */
const observed = z.object({
  running: z.string(),
  system: z.string(),
  system_set: z.boolean(),
  after_boot: z.string(),
  after_boot_known: z.boolean(),
  read_only: z.boolean(),
  etc_writable: z.boolean(),
  root: z.boolean(),
  unread: z.array(z.string()),
  edit: z.object({
    conf: z.array(json(line)),
    rc_local: z.array(json(line)),
    blockers: z.array(json(z.object({ who: z.string(), value: z.string().optional() }))),
    files: z.array(json(z.object({ path: z.string(), sha256: z.string(), run: z.string().optional() }))),
    own: z.array(z.string()),
    own_kind: z.enum(['absent', 'file', 'other']),
  }),
});

type Observed = z.output<typeof observed>;
type Line = z.output<typeof line>;

/**
 * Sets one sysctl now and for good: the running value, a drop-in that both boot loaders read last, and conflicting lines
 * of /etc/sysctl.conf and rc.local commented out. Never runs `sysctl --system`, which would wake other people's settings.
 */
export const sysctlChange: ChangeType<Args> = {
  name: 'sysctl',
  summary: 'Sets a kernel setting now and after every reboot.',
  args,
  scripts: SYSCTL_SCRIPTS,
  needs: ({ key, fact }) => [fact === undefined ? { type: 'sysctl', args: key } : { type: 'sysctl', fact }],
  plan: (wanted, readings, earlier = []) => plan(wanted, readings[0], earlier),
};

const plan = ({ key, value }: Args, reading: Reading | undefined, earlier: readonly PlannedStep[]): Planned => {
  if (reading?.status !== 'read') return refused(reading?.reason ?? `${key} was not read.`);
  const parsed = observed.safeParse(reading.value);
  if (!parsed.success) return refused(`What was read of ${key} cannot be planned with.`);
  const seen = parsed.data;
  const runs = seen.running === value;
  const lasts = seen.after_boot_known && seen.after_boot === value && (!seen.system_set || seen.system === value);
  if (runs && lasts) return { kind: 'nothing' };
  const reason = obstacle(key, value, seen, lasts);
  return reason === undefined ? step(key, value, seen, { runs, lasts }, earlier) : refused(reason);
};

const obstacle = (key: string, value: string, seen: Observed, lasts: boolean): string | undefined => {
  if (!seen.root) return `${key} was read without root; a change needs root.`;
  if (seen.read_only) return '/proc/sys is read-only here (a container): change it on the host that runs it.';
  if (seen.edit.files.some((file) => file.sha256 === ''))
    return 'There is no sha256sum on this host to guard the files with.';
  if (lasts) return undefined;
  if (seen.unread[0] !== undefined) return `${seen.unread[0]} could not be read, so what it would undo cannot be told.`;
  if (!seen.etc_writable) return '/etc cannot be written, so the value would be lost at the next reboot.';
  const blocker = seen.edit.blockers.find((one) => one.value !== value);
  if (blocker)
    return `${blocker.who} ${blocker.value === undefined ? '' : `sets ${key} to ${blocker.value} and `}would undo it: change it there first.`;
  if (seen.edit.own.some((text) => text.includes('\uFFFD'))) return `${DROPIN} is not UTF-8 text.`;
  return undefined;
};

const step = (
  key: string,
  value: string,
  seen: Observed,
  now: { runs: boolean; lasts: boolean },
  earlier: readonly PlannedStep[],
): Planned => {
  const ownFile = seen.edit.files.find((file) => file.path === DROPIN);
  const asSeen = seen.edit.own_kind === 'file' ? (ownFile?.sha256 ?? 'other') : seen.edit.own_kind;
  const left = earlier.findLast((one) => one.env.DROPIN_AFTER !== '')?.env;
  const own = left?.DROPIN_TEXT?.trimEnd().split('\n') ?? (ownFile ? seen.edit.own : undefined);
  const before = left?.DROPIN_AFTER ?? asSeen;
  const text = now.lasts ? undefined : dropin(key, value, own ?? HEADER);
  const changed = text !== undefined && sha256(text) !== before ? text : undefined;
  const lines = now.lasts ? [] : [...seen.edit.conf, ...seen.edit.rc_local].filter((one) => one.value !== value);
  const effects: Effect[] = [];
  if (!now.runs) effects.push({ kind: 'running', subject: key, from: seen.running, to: value });
  if (!now.lasts)
    effects.push({
      kind: 'boot',
      subject: key,
      from: seen.after_boot_known ? seen.after_boot : 'not known',
      to: value,
    });
  if (changed !== undefined) effects.push(ownEffect(key, changed, own));
  for (const one of lines)
    effects.push({ kind: 'edits', file: one.path, line: one.line, from: one.text, to: markOf(one) + one.text });
  return {
    kind: 'steps',
    steps: [
      {
        title: `${key} = ${value}`,
        effects,
        env: {
          KEY: key,
          KEY_PATH: `/proc/sys/${key.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'))}`,
          RUNNING: seen.running,
          VALUE: value,
          SET_RUNNING: now.runs ? '0' : '1',
          DROPIN,
          DROPIN_SEEN: asSeen,
          DROPIN_BEFORE: before,
          DROPIN_AFTER: changed === undefined ? '' : sha256(changed),
          DROPIN_TEXT: changed ?? '',
          EDITS: edits(lines, seen, earlier),
          FOLLOWS: earlier.length > 0 ? '1' : '0',
          SEEN: seen.edit.files
            .map((file) => `${file.sha256} ${file.path}${file.run ? ` (${file.run})` : ''}`)
            .join('\n'),
        },
        lasting: `- ansible.posix.sysctl: { name: ${key}, value: "${value}", sysctl_file: ${DROPIN}, state: present }`,
        userData: [
          writtenFile({ path: DROPIN, append: true, content: `${key} = ${value}\n` }),
          onFirstBoot(['sysctl', '-w', `${key}=${value}`]),
        ].join('\n'),
      },
    ],
  };
};

const markOf = (one: Line): string => (one.path === '/etc/sysctl.conf' ? MARK : RC_MARK);

/** Matches a line that sets this key, and none of a key that begins alike. */
const lineOf = (key: string): RegExp => new RegExp(`^\\s*-?\\s*${key.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}\\s*=`);

/** The drop-in with this key's line set; other lines stay as they are. */
const dropin = (key: string, value: string, lines: readonly string[]): string => {
  const mine = lineOf(key);
  const kept = lines.filter((one) => !mine.test(one));
  return `${[...kept, `${key} = ${value}`].join('\n')}\n`;
};

const ownEffect = (key: string, text: string, before: readonly string[] | undefined): Effect => {
  if (!before) return { kind: 'adds', file: DROPIN, content: text };
  const after = text.trimEnd().split('\n');
  const from = before.find((one) => lineOf(key).test(one)) ?? '(nothing)';
  return { kind: 'edits', file: DROPIN, line: after.length, from, to: after.at(-1) ?? '' };
};

/** A file that an earlier step edits has no checksum that planning could know: `left`. */
const edits = (lines: readonly Line[], seen: Observed, earlier: readonly PlannedStep[]): string => {
  const edited = new Set(
    earlier.flatMap((one) => (one.env.EDITS ?? '').split('\n').map((edit) => edit.split('\t')[0])),
  );
  const byPath = new Map<string, Line[]>();
  for (const one of lines) byPath.set(one.path, [...(byPath.get(one.path) ?? []), one]);
  return [...byPath]
    .map(([path, some]) => {
      const before = edited.has(path) ? 'left' : (seen.edit.files.find((file) => file.path === path)?.sha256 ?? '');
      return [path, before, some.map((one) => one.line).join(','), some[0] ? markOf(some[0]) : MARK].join('\t');
    })
    .join('\n');
};
