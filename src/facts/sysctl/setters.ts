import type { ConfLine } from './loaders.js';

/** A line outside the sysctl files that sets the key, or runs a loader again, after the boot loader has run. */
export interface Setter extends ConfLine {
  /** `set`: the key itself. `system`: runs `sysctl --system`. `file`: runs `sysctl -p` on a file. */
  readonly what: 'set' | 'system' | 'file';
  /** The value it sets; for `file` the file it reads. Undefined where the line does not tell. */
  readonly value: string | undefined;
  /** True when the whole line is this one command, so that taking it out takes out nothing else. */
  readonly exact: boolean;
}

const quote = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

const patterns = (key: string) => {
  const path = key.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'));
  const name = `(?:${quote(key)}|${quote(path)})`;
  const file = `/proc/sys/${quote(path)}`;
  return {
    names: new RegExp(`(?:^|[^A-Za-z0-9_.])${name}(?:$|[^A-Za-z0-9_.])`),
    echo: new RegExp(
      `(?:^|[\\s;&|/"'])echo\\s+(?:-n\\s+)?["']?(-?\\d{1,18})["']?\\s*>{1,2}\\s*["']?${file}(?:$|[\\s;&|"'])`,
    ),
    assign: new RegExp(`(?:^|[^A-Za-z0-9_.])${name}["']?\\s*=\\s*["']?(-?\\d{1,18})(?:$|[^A-Za-z0-9_.])`),
    wholeEcho: new RegExp(`^\\s*(?:/(?:usr/)?bin/)?echo\\s+["']?-?\\d{1,18}["']?\\s*>\\s*${file}\\s*$`),
    wholeSysctl: new RegExp(
      `^\\s*(?:/(?:usr/)?s?bin/)?sysctl(?:\\s+-[qew]+)*\\s+["']?${name}\\s?=\\s?["']?-?\\d{1,18}["']?` +
        '(?:\\s*>\\s*/dev/null(?:\\s+2>&1)?)?\\s*$',
    ),
  };
};

const comment = /^\s*[#;]/;

/** A shell line without its comment: `#` at the start of a word, outside quotes. */
const withoutComment = (text: string): string => {
  for (const match of text.matchAll(/(?:^|\s)#/g)) {
    const before = text.slice(0, match.index);
    const open = (before.split('"').length - 1) % 2 === 1 || (before.split("'").length - 1) % 2 === 1;
    if (!open) return before;
  }
  return text;
};

/** The setters of `key` among these lines. */
export const settersOf = (key: string, lines: readonly ConfLine[]): readonly Setter[] => {
  const known = patterns(key);
  return lines.flatMap((line): Setter[] => {
    if (comment.test(line.text)) return [];
    const command = withoutComment(line.text);
    if (known.names.test(command)) {
      const value = known.echo.exec(command)?.[1] ?? known.assign.exec(command)?.[1];
      const exact = known.wholeEcho.test(line.text) || known.wholeSysctl.test(line.text);
      return [{ ...line, what: 'set', value, exact }];
    }
    const again = /(?:^|[\s;&|/])sysctl\s(?:[^;&|#]*\s)?(--system|-[a-z]*p|--load)(?:[\s=]+([^\s;&|#]+))?/.exec(
      command,
    );
    if (again?.[1] === '--system') return [{ ...line, what: 'system', value: undefined, exact: false }];
    if (again)
      return [
        { ...line, what: 'file', value: again[2]?.startsWith('/') ? again[2] : '/etc/sysctl.conf', exact: false },
      ];
    return [];
  });
};

/**
 * The lines of an rc.local that run at boot: none when it is not executable, else those before the first `exit` at the
 * left margin.
 */
export const runningLines = (executable: boolean, lines: readonly ConfLine[]): readonly ConfLine[] => {
  if (!executable) return [];
  const sorted = [...lines].sort((a, b) => a.number - b.number);
  const end = sorted.find((line) => /^exit(?:[\s;]|$)/.test(line.text));
  return end ? sorted.filter((line) => line.number < end.number) : sorted;
};
