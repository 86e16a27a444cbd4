import { decode } from './text.js';

/**
 * One gather script for a host: every section runs in a subshell of its own, its output between lines that start with a
 * random boundary, so that what a host prints cannot forge the end of a section or another section.
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

/** The whole script. `boundary` is fresh random hex for each gathering. */
export const gatherScript = (sections: readonly Section[], boundary: string): string =>
  PROLOGUE +
  sections
    .map(
      ({ id, script, env }) =>
        `printf '\\n%s begin %s\\n' ${boundary} ${quote(id)}\n` +
        `{ (\n${exports(env)}${script}\n) </dev/null; printf '\\n%s exit %s\\n' ${boundary} "$?"; } | head -c ${SECTION_BYTES}\n` +
        `printf '\\n%s end %s\\n' ${boundary} ${quote(id)}\n`,
    )
    .join('') +
  `printf '%s done\\n' ${boundary}\n`;

/** Takes a gather's standard output apart. Anything outside the sections (a login shell's noise) is passed over. */
export const readSections = (
  stdout: Uint8Array,
  boundary: string,
  ids: readonly string[],
): ReadonlyMap<string, SectionOutput> => {
  const text = decode(stdout);
  return new Map(ids.map((id) => [id, readSection(text, boundary, id)]));
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
