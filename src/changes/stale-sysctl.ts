import { z } from 'zod';
import { type ChangeType, type Effect, type HostScripts, type Planned, refused } from '../core/change-type.js';
import type { Reading } from '../core/fact-type.js';
import { DIGEST } from './digest.js';
import { LATER } from './later.js';
import { onFirstBoot } from './user-data.js';

const CONF = '/etc/sysctl.conf';
const MARK = '# commented out by Runbolt: ';

const COMMON = `
LC_ALL=C; export LC_ALL
FILE=${CONF}
${DIGEST}
now() { if [ -f "$FILE" ] && [ ! -L "$FILE" ]; then digest "$FILE"; else echo other; fi; }
put() {
  mv -f "$FILE.runbolt-new" "$FILE" && flush /etc && [ "$(now)" = "$1" ] && return 0
  rm -f "$FILE.runbolt-new"; echo "$FILE could not be put in place."; exit 1
}`;

/** For dash, bash and busybox sh: `BEFORE` is the file's sha256, `LINES` line numbers joined by commas, `MARK` a text. */
const SCRIPTS: HostScripts = {
  guard: `${COMMON}
[ "$(now)" = "$BEFORE" ] || { echo "Changed since the plan: $FILE"; exit 1; }
[ -w /etc ] || { echo '/etc cannot be written.'; exit 1; }
`,
  apply: String.raw`${COMMON}
cp -p "$FILE" "$BACKUP/conf" && flush "$BACKUP/conf" && [ "$(digest "$BACKUP/conf")" = "$BEFORE" ] ||
  { echo "No safe copy of $FILE could be made (is the disk full?)."; exit 1; }
program=''
saved=$IFS; IFS=,
for line in $LINES; do program="$program$line s/^/$MARK/;"; done
IFS=$saved
cp -p "$FILE" "$FILE.runbolt-new" && sed -e "$program" "$BACKUP/conf" > "$FILE.runbolt-new" && flush "$FILE.runbolt-new" ||
  { rm -f "$FILE.runbolt-new"; echo "$FILE could not be written (is the disk full?)."; exit 1; }
sed -e "$program" "$BACKUP/conf" > "$BACKUP/wanted" && after=$(digest "$BACKUP/wanted") &&
  [ "$(digest "$FILE.runbolt-new")" = "$after" ] && [ "$after" != "$BEFORE" ] ||
  { rm -f "$FILE.runbolt-new"; echo "$FILE could not be written (is the disk full?)."; exit 1; }
printf '%s\n' "$after" > "$BACKUP/after" && [ "$(cat "$BACKUP/after")" = "$after" ] && flush "$BACKUP/after" ||
  { rm -f "$FILE.runbolt-new"; echo "$BACKUP could not be written."; exit 1; }
put "$after"
`,
  verify: `${COMMON}
[ "$(now)" = "$(cat "$BACKUP/after")" ] || { echo "$FILE is not as written."; exit 1; }
`,
  revert: `${COMMON}
${LATER}
rm -f "$FILE.runbolt-new"
is=$(now)
[ "$is" != "$BEFORE" ] || exit 0
[ -s "$BACKUP/after" ] && [ "$is" = "$(cat "$BACKUP/after")" ] ||
  { changed_since "$FILE" left_content "$FILE" "$is"; exit 1; }
cp -p "$BACKUP/conf" "$FILE.runbolt-new" && flush "$FILE.runbolt-new" && [ "$(digest "$FILE.runbolt-new")" = "$BEFORE" ] ||
  { rm -f "$FILE.runbolt-new"; echo "$FILE could not be restored; its copy is $BACKUP/conf."; exit 1; }
put "$BEFORE"
`,
};

/** What planning needs of the fact `stale_sysctl`. */
const observed = z.object({
  stale: z.boolean(),
  lines: z.array(z.string()),
  texts: z.array(z.string()),
  sha256: z.string(),
  link: z.boolean(),
  etc_writable: z.boolean(),
  root: z.boolean(),
});

/**
 * Comments out the lines of /etc/sysctl.conf that set a key which the kernel does not have, so that `sysctl -p` works
 * again. No running value changes.
 */
export const staleSysctlChange: ChangeType<string> = {
  name: 'stale_sysctl',
  summary: 'Comments out lines of /etc/sysctl.conf for a kernel setting that is not there any more.',
  args: z
    .string()
    .max(200)
    .regex(/^[a-z0-9_]+(\.[A-Za-z0-9_/-]+)+$/),
  scripts: SCRIPTS,
  needs: (key) => [{ type: 'stale_sysctl', args: key }],
  plan: (key, readings) => plan(key, readings[0]),
};

const plan = (key: string, reading: Reading | undefined): Planned => {
  if (reading?.status !== 'read') return refused(reading?.reason ?? `${key} was not read.`);
  const parsed = observed.safeParse(reading.value);
  if (!parsed.success) return refused(`What was read of ${key} cannot be planned with.`);
  const seen = parsed.data;
  if (!seen.stale) return { kind: 'nothing' };
  if (!seen.root) return refused(`${CONF} was read without root; a change needs root.`);
  if (seen.link) return refused(`${CONF} is a link: take the line out where it points.`);
  if (!seen.etc_writable) return refused('/etc cannot be written.');
  if (seen.sha256 === '') return refused('There is no sha256sum on this host to guard the file with.');
  const effects = seen.lines.map((line, i): Effect => {
    const from = seen.texts[i] ?? '';
    return { kind: 'edits', file: CONF, line: Number(line), from, to: MARK + from };
  });
  const env = { BEFORE: seen.sha256, LINES: seen.lines.join(','), MARK };
  const lasting = `- ansible.builtin.lineinfile: { path: ${CONF}, regexp: '^\\s*-?\\s*${key.replaceAll('.', '\\.')}', state: absent }`;
  const userData = onFirstBoot([
    'sed',
    '-i',
    `/^[[:space:]]*-\\{0,1\\}[[:space:]]*${key.replaceAll('.', '[./]')}/d`,
    CONF,
  ]);
  return { kind: 'steps', steps: [{ title: `take ${key} out of ${CONF}`, env, effects, lasting, userData }] };
};
