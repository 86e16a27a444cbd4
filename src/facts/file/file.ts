import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { FactSchema, HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { unframed } from '../framing.js';
import { FILE_PROBE } from './probe.js';

/** An absolute path without control characters. */
const filePath = z
  .string()
  .max(500)
  .regex(/^\/(?:[^/]+(?:\/[^/]+)*)?$/, 'A path is written from the root on, such as /etc/ssh/sshd_config.')
  .refine((path) => !/\p{Cc}/u.test(path), 'A path has no control characters in it.')
  .refine((path) => !/\/\.\.?(?:\/|$)/.test(path), 'A path has no . or .. in it.');

const args = z.union([
  filePath.transform((path) => ({ path })),
  z.strictObject({ path: filePath, content: z.enum(['hash', 'text']).optional() }),
]);

type Args = z.output<typeof args>;

/** Bytes of a file whose text is judged; a longer one is an error, for its end could say otherwise. */
const TEXT_BYTES = 65_536;

const BASE = {
  exists: 'bool',
  type: 'string',
  link: 'string',
  mode: 'string',
  owner: 'string',
  group: 'string',
  size: 'int',
  placed: 'bool',
} as const satisfies FactSchema;

/**
 * One file or directory: `mode` in four octal digits, `type` (file, directory, device, pipe, socket) behind a link, and
 * where the link leads. Its content only where asked for: `content: hash` adds `sha256`, `content: text` also `text`
 * (up to 64 KiB of UTF-8) and `lines`; both are kept in the report, what looks like a secret left out. A file that is
 * not there is a reading with `exists` false, and `placed` false where its directory is not there either; one that the
 * caller may not see is an error.
 */
export const file: HostFact<Args> = {
  name: 'file',
  summary: 'A file: whether it exists, type, mode, owner, size, and its content where asked for.',
  args,
  schema: BASE,
  literals: {
    mode: (text) =>
      /^(?:[0-7]{4})?$/.test(text)
        ? undefined
        : `a mode has four octal digits${/^[0-7]{1,3}$/.test(text) ? `, \`"${text.padStart(4, '0')}"\`` : ''}`,
    type: (text) => (text === '' || TYPES.has(text) ? undefined : `there is ${[...TYPES].join(', ')}`),
  },
  schemaOf: (wanted) => {
    const content = contentOf(wanted);
    return {
      ...BASE,
      ...(content !== '' && { sha256: 'string' as const }),
      ...(content === 'text' && { lines: 'int' as const, text: 'string' as const }),
    };
  },
  probe: (wanted) => ({ script: FILE_PROBE, env: { FILE: wanted.path, CONTENT: contentOf(wanted) } }),
  parse: (output, wanted) => {
    const frame = unframed('file', output);
    return frame.ok ? read(frame.records, wanted.path, contentOf(wanted)) : error(frame.reason);
  },
};

const contentOf = (wanted: Args): '' | 'hash' | 'text' => ('content' in wanted ? (wanted.content ?? '') : '');

const error = (reason: string): Reading => ({ status: 'error', reason });

const read = (records: readonly (readonly string[])[], path: string, content: '' | 'hash' | 'text'): Reading => {
  const single = new Map<string, readonly string[]>();
  const lines: string[] = [];
  for (const [kind = '', ...fields] of records) {
    if (kind === 'text') lines.push(fields.join('\t'));
    else if (!KINDS.has(kind) || single.has(kind)) return error('The output has a line that is not the probe’s.');
    else single.set(kind, fields);
  }
  if (single.get('path')?.join('\t') !== path) return error('The output is about another file.');
  const [uid = ''] = single.get('root') ?? [];
  if (!/^\d{1,10}$/.test(uid)) return error('The output lacks the user.');
  const without = uid === '0' ? '' : ' without root';
  if (single.has('hidden')) return error(`${path} could not be looked at${without}.`);
  if (single.has('unreadable')) return error(`${path} could not be read${without}.`);
  const link = cleanLine(single.get('link')?.[0] ?? '');
  const bare = content === '' ? {} : content === 'hash' ? { sha256: '' } : { sha256: '', lines: 0, text: '' };
  if (single.has('absent')) {
    if (single.has('type')) return error('The output is mixed: the file is there and is not.');
    const placed = !single.has('placeless');
    const value = { exists: false, type: '', link, mode: '', owner: '', group: '', size: 0, placed, ...bare };
    return {
      status: 'read',
      value,
      evidence: [`${path}: ${link === '' ? 'not there' : `a link to ${link}, which is not there`}`],
    };
  }
  const type = single.get('type')?.[0] ?? '';
  if (!TYPES.has(type)) return error(`What ${path} is could not be told.`);
  const [mode = '', owner = '', group = '', bytes = '', user = '', team = '', ...more] = single.get('stat') ?? [];
  if (!/^[0-7]{1,4}$/.test(mode) || ![owner, group, bytes].every((n) => /^\d{1,15}$/.test(n)) || more.length > 0)
    return error(`Mode and owner of ${path} could not be read.`);
  const base = {
    exists: true,
    type,
    link,
    mode: mode.padStart(4, '0'),
    owner: named(user, owner),
    group: named(team, group),
    size: Number(bytes),
    placed: true,
  };
  const shown = `${path}: ${type}, ${base.mode}, ${base.owner}:${base.group}, ${base.size} bytes`;
  if (content === '') return { status: 'read', value: base, evidence: [shown] };
  if (type !== 'file') return error(`${path} is no regular file (${type}); it has no content to judge.`);
  const found = content === 'hash' ? hashed(single) : texted(single, lines);
  if (typeof found === 'string') return error(`${path} ${found}`);
  return { status: 'read', value: { ...base, ...found }, evidence: [`${shown}, sha256 ${found.sha256.slice(0, 12)}`] };
};

const KINDS: ReadonlySet<string> = new Set([
  ...[
    'path',
    'root',
    'link',
    'hidden',
    'absent',
    'placeless',
    'type',
    'stat',
    'unreadable',
    'sha256',
    'bytes',
    'nul',
    'ended',
    'open',
  ],
]);
const TYPES: ReadonlySet<string> = new Set(['file', 'directory', 'device', 'pipe', 'socket', 'other']);

const named = (name: string, id: string): string =>
  name === '' || name === 'UNKNOWN' || name === '?' ? id : cleanLine(name, 60);

const hashed = (single: ReadonlyMap<string, readonly string[]>): { sha256: string } | string => {
  const sha256 = single.get('sha256')?.[0] ?? '';
  return /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : 'has no checksum: there is no sha256sum on this host.';
};

const texted = (single: ReadonlyMap<string, readonly string[]>, lines: readonly string[]) => {
  const bytes = Number(single.get('bytes')?.[0] ?? Number.NaN);
  if (bytes > TEXT_BYTES) return `is longer than ${TEXT_BYTES / 1024} KiB, so its text is not judged.`;
  if (single.get('nul')?.[0] !== '0') return 'is no text: it contains NUL bytes.';
  const ended = single.has('ended');
  if (ended === single.has('open')) return 'was not read to its end.';
  const text = lines.map((line, i) => (ended || i < lines.length - 1 ? `${line}\n` : line)).join('');
  if (text.includes('\uFFFD')) return 'is no UTF-8 text.';
  if (Buffer.byteLength(text) !== bytes) return 'changed while it was read.';
  return { sha256: createHash('sha256').update(text).digest('hex'), lines: lines.length, text };
};
