/**
 * The frame around what a probe prints: a head line, one record a line of tab-separated fields, and an end line that
 * counts them, printed only when the probe came to its end. What is cut, mixed or killed half-way does not fit its frame.
 */

/** POSIX sh that prints the records of the function `gather`, defined in `body`, in the frame of `name`. */
export const framed = (name: string, body: string): string => `
LC_ALL=C; export LC_ALL
${body}
{ gather && echo whole; } | tr -d '\\000' | awk '
  BEGIN { print "runbolt-${name}\\t1" }
  $0 == "whole" { whole = 1; next }
  { print; n++ }
  END { print (whole ? "end" : "broken") "\\t" n + 0 }'
`;

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
  if (last === `broken\t${lines.length}`) return no('What reads it broke off on the host.');
  if (last !== `end\t${lines.length}`) return no('The output is cut or mixed: its end line does not fit.');
  return { ok: true, records: lines.map((line) => line.split('\t')) };
};
