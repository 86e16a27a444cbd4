/**
 * The frame around what a probe prints: a head line, one record a line of tab-separated fields, and an end line that
 * counts them and adds up their numbers, printed only when the probe came to its end. What is cut, mixed, killed half-way
 * or has another count in it than was counted does not fit its frame.
 */

/** Numbers that are added up: fields of up to ten digits, so that the sum is exact in awk and here. */
const TALLY = 'n++; for (i = 1; i <= NF; i++) if (length($i) <= 10 && $i ~ /^[0-9]+$/) total += $i';
const SUMMED = /^[0-9]{1,10}$/;

/** awk's command line that puts the frame of `name` around records on its standard input, whatever they are. */
export const framing = (name: string): string =>
  `awk -F '\\t' 'BEGIN { print "runbolt-${name}\\t1" } { print; ${TALLY} } END { printf "end\\t%d\\t%.0f\\n", n, total }'`;

/**
 * sh that sets `uid` to the effective user's, the second number of `Uid:` (proc_pid_status(5)): read, as a process of id
 * costs more than a millisecond of CPU.
 */
export const OWN_UID = `uid=''
while read -r word real uid rest; do [ "$word" != Uid: ] || break; done 2>/dev/null < /proc/self/status
[ -n "$uid" ] || uid=$(id -u)`;

/** POSIX sh that prints the records of the function `gather`, defined in `body`, in the frame of `name`. */
export const framed = (name: string, body: string): string => `
LC_ALL=C; export LC_ALL
${body}
{ gather && echo whole; } | tr -d '\\000' | awk -F '\\t' '
  BEGIN { print "runbolt-${name}\\t1" }
  $0 == "whole" { whole = 1; next }
  { print; ${TALLY} }
  END { printf "%s\\t%d\\t%.0f\\n", whole ? "end" : "broken", n, total }'`;

export type Framed =
  | { readonly ok: true; readonly records: readonly (readonly string[])[] }
  | { readonly ok: false; readonly reason: string };

/** The records in the frame of `name`, each split at its tabs; anything that does not fit the frame is a reason. */
export const unframed = (name: string, output: string): Framed => {
  const no = (reason: string): Framed => ({ ok: false, reason });
  if (!output.endsWith('\n')) return no('The output is cut: it does not end with a line end.');
  const head = `runbolt-${name}\t1\n`;
  if (!output.startsWith(head)) return no('The output does not begin as expected.');
  const lines = output.slice(head.length, -1).split('\n');
  const last = lines.pop() ?? '';
  const records = lines.map((line) => line.split('\t'));
  const end = endOf(records);
  if (last === `broken${end}`) return no('What reads it broke off on the host.');
  if (last !== `end${end}`) return no('The output is cut or mixed: its end line does not fit.');
  return { ok: true, records };
};

/** What follows `end` on the last line: how many records there are, and the sum of their numbers. */
export const endOf = (records: readonly (readonly string[])[]): string => {
  const total = records.flat().reduce((sum, field) => (SUMMED.test(field) ? sum + Number(field) : sum), 0);
  return `\t${records.length}\t${total}`;
};
