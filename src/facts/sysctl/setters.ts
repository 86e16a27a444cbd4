import { keyPath } from './key-path.js';
import { type ConfLine, SYSCTL_CONF } from './loaders.js';
import { withoutComment } from './script-lines.js';

/** A line outside the sysctl files that sets the key, or runs a loader again, after the boot loader has run. */
export interface Setter extends ConfLine {
  /** `set`: the key itself. `system`: runs `sysctl --system`. `file`: runs `sysctl -p` on a file. */
  readonly what: 'set' | 'system' | 'file';
  /** The value it sets; for `file` the files it reads, a blank between. Undefined where the line does not tell. */
  readonly value: string | undefined;
  /** True when the whole line is this one command, so that taking it out takes out nothing else. */
  readonly exact: boolean;
  /** False when it may be that it does not run: in a block, behind a condition or an exit that may be taken. */
  readonly sure: boolean;
}

const quote = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

const NUMBER = '-?\\d{1,18}';
/** Several are one argument where they are quoted, and one line where they are echoed. */
const NUMBERS = `${NUMBER}(?:[ \\t]+${NUMBER})*`;

const patterns = (key: string) => {
  const path = keyPath(key);
  const name = `(?:${quote(key)}|${quote(path)})`;
  const file = `/proc/sys/${quote(path)}`;
  return {
    names: new RegExp(`(?:^|[^A-Za-z0-9_.])${name}(?:$|[^A-Za-z0-9_.])`),
    echo: new RegExp(
      `(?:^|[\\s;&|/"'])echo\\s+(?:-n\\s+)?["']?(${NUMBERS})["']?\\s*>{1,2}\\s*["']?${file}(?:$|[\\s;&|"'])`,
    ),
    line: new RegExp(`^\\s*${name}\\s*=\\s*["']?(${NUMBERS})["']?\\s*$`),
    quoted: new RegExp(`(?:["']${name}\\s*=\\s*|[^A-Za-z0-9_."']${name}\\s*=\\s*["'])(${NUMBERS})\\s*["']`),
    assign: new RegExp(`(?:^|[^A-Za-z0-9_."'])${name}\\s*=\\s*(${NUMBER})(?:$|[^A-Za-z0-9_.])`),
    wholeEcho: new RegExp(`^\\s*(?:/(?:usr/)?bin/)?echo\\s+["']?${NUMBERS}["']?\\s*>\\s*${file}\\s*$`),
    wholeSysctl: new RegExp(
      `^\\s*(?:/(?:usr/)?s?bin/)?sysctl(?:\\s+-[qew]+)*\\s+` +
        `(?:["']?${name}\\s?=\\s?["']?${NUMBER}["']?|["']${name}\\s?=\\s?${NUMBERS}["']|${name}=["']${NUMBERS}["'])` +
        '(?:\\s*>\\s*/dev/null(?:\\s+2>&1)?)?\\s*$',
    ),
  };
};

const comment = /^\s*[#;]/;

/** What only prints, or describes: a name in it is a word. */
const talk = /^\s*(?:(?:\/(?:usr\/)?bin\/)?(?:echo|printf|logger)\b[^>|]*$|(?:Description|Documentation)\s*=)/;

/**
 * Whether a line names the key by a piece of its path, or by one that is yet to be expanded: `cd /proc/sys/net/ipv4; echo
 * 0 > tcp_tw_reuse`, `echo 0 > /proc/sys/net/ipv4/conf/$i/rp_filter`. What it sets cannot be read from its text.
 */
const namesLoosely = (path: string, command: string): boolean => {
  const leaf = path.slice(path.lastIndexOf('/') + 1);
  return command.split(/[\s;&|"'<>()=`]+/).some((word) => {
    if (!word.includes(leaf)) return false;
    const name = word.replace(/^\/proc\/sys\/|^\.\//, '').replace(/\./g, (dot) => (word.includes('/') ? dot : '/'));
    const pattern = name
      .split(/(\$\{[^}]*\}|\$\w+|[*?]|\[[^\]]*\]|\{[^}]*\})/)
      .map((piece, i) => (i % 2 === 1 ? '.*' : quote(piece)));
    return new RegExp(`^(?:.*/)?${pattern.join('')}$`).test(path);
  });
};

/** Whether a command runs `sysctl --system`, or `sysctl -p` and on which files. */
const loadsAgain = (command: string): Pick<Setter, 'what' | 'value'> | undefined => {
  const plain = command.replace(/\d*[<>]{1,2}(?:&\d|\s*[^\s;&|]+)/g, ' ').replace(/["')`]/g, ' ');
  const words =
    /(?:^|[^\w.-]|=-)sysctl\s([^;&|]*)/
      .exec(plain)?.[1]
      ?.trim()
      .split(/[\s=]+/) ?? [];
  if (words.includes('--system')) return { what: 'system', value: undefined };
  if (!words.some((word) => /^(?:--load|-[a-z]*[pf])$/.test(word))) return undefined;
  const files = words.filter((word) => word === '-' || !word.startsWith('-'));
  return { what: 'file', value: files.join(' ') || SYSCTL_CONF };
};

/** The setters of `key` among these lines. Whether a line runs is as its script says (`runningLines`), else it does. */
export const settersOf = (
  key: string,
  lines: readonly (ConfLine & { readonly sure?: boolean })[],
): readonly Setter[] => {
  const known = patterns(key);
  const path = keyPath(key);
  return lines.flatMap(({ sure: runs = true, ...line }): Setter[] => {
    if (comment.test(line.text) || talk.test(line.text)) return [];
    const command = withoutComment(line.text);
    const first = command.split(/&&|\|\|/)[0] ?? '';
    const sure = runs && !/^\s*(?:if|while|until|for|case)\s/.test(command);
    if (known.names.test(command)) {
      const ways = [known.echo, known.line, known.quoted, known.assign];
      const value = ways.map((way) => way.exec(command)?.[1]).find((text) => text !== undefined);
      const exact = known.wholeEcho.test(line.text) || known.wholeSysctl.test(line.text);
      return [{ ...line, what: 'set', value, exact, sure: sure && known.names.test(first) }];
    }
    if (namesLoosely(path, command)) return [{ ...line, what: 'set', value: undefined, exact: false, sure }];
    const again = loadsAgain(command);
    return again ? [{ ...line, ...again, exact: false, sure }] : [];
  });
};
