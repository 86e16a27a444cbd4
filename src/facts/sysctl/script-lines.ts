import type { ConfLine } from './loaders.js';

/** A line of a script that may run; `sure` where it runs whenever the script does. */
export interface ScriptLine extends ConfLine {
  readonly sure: boolean;
}

const OPENS = new Set(['if', 'case', 'do', '{']);
const CLOSES = new Set(['fi', 'esac', 'done', '}']);
/** What stands before a command. */
const LEADS = new Set(['then', 'else', 'elif', 'while', 'until', 'time', '!']);

interface Open {
  readonly blocks: number;
  readonly parens: number;
}

/** A shell line without its comment: `#` at the start of a word, outside quotes. */
export const withoutComment = (text: string): string => {
  for (const match of text.matchAll(/(?:^|\s)#/g)) {
    const before = text.slice(0, match.index);
    const open = (before.split('"').length - 1) % 2 === 1 || (before.split("'").length - 1) % 2 === 1;
    if (!open) return before;
  }
  return text;
};

/**
 * The lines of a script of POSIX sh that may run when it does: none when it is not executable, and none behind an `exit`
 * that nothing stands around. What stands in a block, a function or a here-document, continues a line, or comes after an
 * exit that may be taken, is not sure to run. Not a shell: where it cannot tell, a line is not sure.
 */
export const runningLines = (executable: boolean, lines: readonly ConfLine[]): readonly ScriptLine[] => {
  if (!executable) return [];
  const run: ScriptLine[] = [];
  let open: Open = { blocks: 0, parens: 0 };
  let doubt = false;
  let document: string | undefined;
  let continued = false;
  for (const line of [...lines].sort((a, b) => a.number - b.number)) {
    if (document !== undefined) {
      run.push({ ...line, sure: false });
      if (line.text.trim() === document) document = undefined;
      continue;
    }
    const code = withoutText(withoutComment(line.text));
    const sure = open.blocks === 0 && open.parens === 0 && !doubt && !continued;
    if (sure && /^\s*exit(?:[\s;]|$)/.test(code)) break;
    run.push({ ...line, sure });
    const after = through(code, open);
    doubt ||= after.exits || after.blocks < 0;
    open = after;
    document = /<<-?\s*["'\\]?([A-Za-z_]\w*)/.exec(line.text)?.[1];
    continued = /(?:\\|&&|\|\|?)\s*$/.test(code);
  }
  return run;
};

/** A line with its quoted text, escapes and expansions blanked, so that words in them are no keywords. */
const withoutText = (text: string): string =>
  text
    .replace(/\\[^\n]/g, '_')
    .replace(/'[^']*'/g, '_')
    .replace(/"[^"]*"/g, '_')
    .replace(/\$\{[^}]*\}/g, '_');

/** What a line leaves open when `before` was open, and whether it may end the script. */
const through = (code: string, before: Open): Open & { readonly exits: boolean } => {
  let { blocks, parens } = before;
  let exits = false;
  let command = true;
  for (const [word] of code.matchAll(/[;&|()]|[^\s;&|()]+/g)) {
    const keyword: boolean = command || word === '{' || word === '}';
    if (word === '(') parens += 1;
    // Else it ends a pattern of `case`.
    if (word === ')' && parens > 0) parens -= 1;
    if (keyword && OPENS.has(word)) blocks += 1;
    if (keyword && CLOSES.has(word)) blocks -= 1;
    if (command && word === 'exit') exits = true;
    command = /^[;&|()]$/.test(word) || (keyword && (LEADS.has(word) || (OPENS.has(word) && word !== 'case')));
  }
  return { blocks, parens, exits };
};
