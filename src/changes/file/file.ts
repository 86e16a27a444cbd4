import { z } from 'zod';
import { type ChangeType, type Effect, type Planned, type PlannedStep, refused } from '../../core/change-type.js';
import type { Reading } from '../../core/fact-type.js';
import { sha256 } from '../sha256.js';
import { onFirstBoot, writtenFile } from '../user-data.js';
import { type Args, fileArgs } from './args.js';
import { FILE_SCRIPTS } from './scripts.js';
import { differences, withLine } from './text.js';

/** What planning needs of the fact `file`. */
const observed = z.object({
  exists: z.boolean(),
  type: z.string(),
  link: z.string(),
  mode: z.string(),
  owner: z.string(),
  group: z.string(),
  sha256: z.string().optional(),
  text: z.string().optional(),
  /** Whether the directory that it is in, or would be, is there. */
  placed: z.boolean(),
});

type Observed = z.output<typeof observed>;

/** More edits than these are shown as the whole new content. */
const SHOWN_EDITS = 12;

/**
 * One file as it should be: its whole content, one line of it, or that it is not there; its mode and owner. Written
 * beside its place and renamed, and only over what the plan saw (by hash, mode and owner).
 */
export const fileChange: ChangeType<Args> = {
  name: 'file',
  summary: 'Writes or removes a file, ensures one line of it, or sets its mode and owner.',
  args: fileArgs,
  scripts: FILE_SCRIPTS,
  needs: (wanted) => [{ type: 'file', args: { path: wanted.path, ...contentOf(wanted) } }],
  plan: (wanted, readings, earlier = []) => plan(wanted, readings[0], earlier),
};

const contentOf = ({ content, line, absent }: Args): { content?: 'hash' | 'text' } => {
  if (content !== undefined || line !== undefined) return { content: 'text' };
  return absent ? { content: 'hash' } : {};
};

const plan = (wanted: Args, reading: Reading | undefined, earlier: readonly PlannedStep[]): Planned => {
  const { path } = wanted;
  if (reading?.status !== 'read') return refused(reading?.reason ?? `${path} was not read.`);
  const parsed = observed.safeParse(reading.value);
  if (!parsed.success) return refused(`What was read of ${path} cannot be planned with.`);
  const seen = parsed.data;
  const left = earlier.findLast((step) => step.env.FILE === path)?.env;
  const planned = planOne(wanted, left ? leftBy(left, seen) : seen);
  if (!left || planned.kind !== 'steps') return planned;
  return {
    kind: 'steps',
    steps: planned.steps.map((step) => {
      const content = step.env.BEFORE === '' ? '' : (seen.sha256 ?? 'absent');
      return { ...step, env: { ...step.env, SEEN: seen.exists ? content : 'absent', SEEN_META: metaOf(seen) } };
    }),
  };
};

const metaOf = (seen: Observed): string => (seen.exists ? `${seen.mode} ${seen.owner} ${seen.group}` : '');

/** The file as an earlier step of the plan leaves it. */
const leftBy = (env: PlannedStep['env'], before: Observed): Observed => {
  if (env.DEED === 'remove')
    return { ...before, exists: false, type: '', mode: '', owner: '', group: '', text: '', sha256: '' };
  const meta = { mode: env.MODE ?? '', owner: env.OWNER ?? '', group: env.GROUP ?? '' };
  const written = env.DEED === 'write' ? { text: env.TEXT ?? '', sha256: env.AFTER ?? '' } : {};
  return { ...before, exists: true, type: before.exists ? before.type : 'file', ...meta, ...written };
};

const planOne = (wanted: Args, seen: Observed): Planned => {
  const { path } = wanted;
  if (seen.link !== '') return refused(`${path} is a link to ${seen.link}: name that file.`);
  if (wanted.absent) return seen.exists ? removal(path, seen) : { kind: 'nothing' };
  if (!seen.exists && wanted.content === undefined && wanted.line === undefined)
    return refused(`${path} is not there, so its mode and owner cannot be set.`);
  if (!seen.exists && !seen.placed)
    return refused(`${path.replace(/\/[^/]*$/, '')} is not there: no file can be written in it.`);
  if (seen.exists && seen.type !== 'file' && seen.type !== 'directory')
    return refused(`${path} is a ${seen.type}, no file.`);
  const text = wanted.line ? withLine(path, seen.text ?? '', wanted.line) : { text: wanted.content };
  if ('refused' in text) return refused(text.refused);
  return writing(wanted, seen, text.text);
};

const removal = (path: string, seen: Observed): Planned => ({
  kind: 'steps',
  steps: [
    {
      title: `remove ${path}`,
      env: envOf(path, seen, seen.sha256 ?? '', { DEED: 'remove' }),
      effects: [{ kind: 'removes', file: path }],
      lasting: `- ansible.builtin.file: { path: ${JSON.stringify(path)}, state: absent }`,
      userData: onFirstBoot(['rm', '-f', path]),
    },
  ],
});

const writing = (wanted: Args, seen: Observed, text: string | undefined): Planned => {
  const { path } = wanted;
  const mode = wanted.mode ?? (seen.exists ? seen.mode : '0644');
  const owner = wanted.owner ?? (seen.exists ? seen.owner : 'root');
  const group = wanted.group ?? (seen.exists ? seen.group : 'root');
  const writes = text !== undefined && (!seen.exists || text !== seen.text);
  const sets = seen.exists && (mode !== seen.mode || owner !== seen.owner || group !== seen.group);
  if (!writes && !sets) return { kind: 'nothing' };
  const effects: Effect[] = [
    ...(writes ? contentEffects(path, seen, text) : []),
    ...(sets && mode !== seen.mode ? [setting(path, 'mode', seen.mode, mode)] : []),
    ...(sets && (owner !== seen.owner || group !== seen.group)
      ? [setting(path, 'owner', `${seen.owner}:${seen.group}`, `${owner}:${group}`)]
      : []),
    ...(!seen.exists ? [{ kind: 'note' as const, text: `${path} gets mode ${mode} and owner ${owner}:${group}` }] : []),
  ];
  return {
    kind: 'steps',
    steps: [
      {
        title: `${writes ? 'write' : 'set mode and owner of'} ${path}`,
        env: envOf(path, seen, writes ? (seen.exists ? (seen.sha256 ?? '') : 'absent') : '', {
          DEED: writes ? 'write' : 'set',
          ...(writes && { TEXT: text, AFTER: sha256(text) }),
          ...{ MODE: mode, OWNER: owner, GROUP: group },
        }),
        effects,
        lasting: lasting(wanted, { mode, owner, group }),
        ...userData(wanted, { mode, owner, group }),
      },
    ],
  };
};

const envOf = (path: string, seen: Observed, before: string, more: PlannedStep['env']): PlannedStep['env'] => {
  const was = metaOf(seen);
  const unset = { TEXT: '', AFTER: '', MODE: '', OWNER: '', GROUP: '' };
  return { FILE: path, SEEN: before, SEEN_META: was, BEFORE: before, WAS: was, ...unset, ...more };
};

const setting = (path: string, what: string, from: string, to: string): Effect => ({
  kind: 'sets',
  subject: `${what} of ${path}`,
  from,
  to,
});

const contentEffects = (path: string, seen: Observed, text: string): readonly Effect[] => {
  const edits = seen.exists ? differences(seen.text ?? '', text) : undefined;
  if (!edits || edits.length > SHOWN_EDITS) return [{ kind: 'adds', file: path, content: text }];
  return edits.map((edit) => ({ kind: 'edits', file: path, ...edit }));
};

/** The Ansible task that does the same on the next machine. */
const lasting = (
  wanted: Args,
  meta: { readonly mode: string; readonly owner: string; readonly group: string },
): string => {
  const path = JSON.stringify(wanted.path);
  const rest = `mode: "${meta.mode}", owner: ${meta.owner}, group: ${meta.group}`;
  if (wanted.line) {
    const regexp = wanted.line.match === undefined ? '' : `regexp: ${JSON.stringify(wanted.line.match)}, `;
    return `- ansible.builtin.lineinfile: { path: ${path}, ${regexp}line: ${JSON.stringify(wanted.line.text)}, ${rest} }`;
  }
  if (wanted.content === undefined) return `- ansible.builtin.file: { path: ${path}, ${rest} }`;
  return `- ansible.builtin.copy: { dest: ${path}, content: ${JSON.stringify(wanted.content)}, ${rest} }`;
};

/** A line in the place of another has none: cloud-init knows no such edit. */
const userData = (
  { path, content, line }: Args,
  meta: { readonly mode: string; readonly owner: string; readonly group: string },
): { readonly userData?: string } => {
  const owner = `${meta.owner}:${meta.group}`;
  if (content !== undefined) return { userData: writtenFile({ path, content, permissions: meta.mode, owner }) };
  if (line)
    return line.match === undefined ? { userData: writtenFile({ path, append: true, content: `${line.text}\n` }) } : {};
  return { userData: onFirstBoot(['chown', owner, path], ['chmod', meta.mode, path]) };
};
