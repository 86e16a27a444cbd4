import { decode } from './text.js';

/**
 * One gather script: every section runs in a subshell of its own, its output between lines that start with a random
 * boundary, so that nothing that a section reads can forge the end of a section or another section. The host's kernel draws
 * the boundary when the script begins, and the script's first line tells it, before any section runs. So it is known to
 * nobody before, to no other host ever, and to no process that is not root's: it is neither exported nor an argument. The
 * text is the same for all hosts, which is what lets a transport send it to many at once.
 */

export interface Section {
  readonly id: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What came back of a section. `cut`: longer than its bound. `missing`: the script did not come that far. */
export type SectionOutput =
  | { readonly kind: 'complete'; readonly exit: number; readonly text: string }
  | { readonly kind: 'cut' }
  | { readonly kind: 'missing' };

/** Bytes of a section's output that are kept. */
export const SECTION_BYTES = 256 * 1024;

/** A value as one word of POSIX sh, whatever it contains (a NUL cannot be passed and throws). */
export const quote = (value: string): string => {
  if (value.includes('\0')) throw new RangeError('a NUL byte cannot be passed to a shell');
  return `'${value.replaceAll("'", "'\\''")}'`;
};

/** `export NAME='value'` lines. Names are our own constants; a name that is no identifier throws. */
export const exports = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new RangeError(`not an environment name: ${name}`);
      return `export ${name}=${quote(value)}\n`;
    })
    .join('');

const PROLOGUE =
  'export LC_ALL=C PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH"\numask 077\n';

const BOUNDARY = `unset RUNBOLT_BOUNDARY
{ read -r RUNBOLT_BOUNDARY </proc/sys/kernel/random/uuid; } 2>/dev/null
[ -n "$RUNBOLT_BOUNDARY" ] || RUNBOLT_BOUNDARY=$(od -An -N16 -tx1 /dev/urandom 2>/dev/null | tr -d ' \\n')
[ -n "$RUNBOLT_BOUNDARY" ] || { echo 'neither /proc/sys/kernel/random/uuid nor /dev/urandom can be read' >&2; exit 1; }
printf '\\nboundary %s\\n' "$RUNBOLT_BOUNDARY"
`;

/** The whole script. */
export const gatherScript = (sections: readonly Section[]): string =>
  PROLOGUE +
  BOUNDARY +
  sections
    .map(
      ({ id, script, env }) =>
        `printf '\\n%s begin %s\\n' "$RUNBOLT_BOUNDARY" ${quote(id)}\n` +
        `{ (\n${exports(env)}${script}\n) </dev/null; printf '\\n%s exit %s\\n' "$RUNBOLT_BOUNDARY" "$?"; } | head -c ${SECTION_BYTES}\n` +
        `printf '\\n%s end %s\\n' "$RUNBOLT_BOUNDARY" ${quote(id)}\n`,
    )
    .join('') +
  `printf '%s done\\n' "$RUNBOLT_BOUNDARY"\n`;

/**
 * Takes a gather's standard output apart. The first boundary counts, which no section can print before the script does; a
 * login shell's own words may stand before it. Without one all sections are missing.
 */
export const readSections = (stdout: Uint8Array, ids: readonly string[]): ReadonlyMap<string, SectionOutput> => {
  const text = decode(stdout);
  const boundary = /^boundary ([0-9a-f-]{32,36})$/m.exec(text)?.[1];
  return new Map(ids.map((id) => [id, boundary ? readSection(text, boundary, id) : { kind: 'missing' }]));
};

const readSection = (text: string, boundary: string, id: string): SectionOutput => {
  const begin = `\n${boundary} begin ${id}\n`;
  const start = text.indexOf(begin);
  const end = start === -1 ? -1 : text.indexOf(`\n${boundary} end ${id}\n`, start);
  if (end === -1) return { kind: 'missing' };
  const body = text.slice(start + begin.length, end);
  const trailer = new RegExp(`\n${boundary} exit (\\d{1,3})\n?$`).exec(body);
  if (!trailer) return { kind: 'cut' };
  return { kind: 'complete', exit: Number(trailer[1]), text: body.slice(0, trailer.index) };
};
