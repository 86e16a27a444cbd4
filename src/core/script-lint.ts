/** The end of a script that makes it succeed whatever happened before. */
export interface Ending {
  readonly text: string;
  /** Characters from the script's beginning. */
  readonly offset: number;
}

/** A last command that always succeeds, with what stands between it and the one before; comments may follow. */
const SUCCEEDS = /(?:\|\|\s*|[;\n][ \t]*)(?:true|:|exit[ \t]+0)[ \t]*;?\s*(?:(?:^|\s)#[^\n]*\s*)*$/;
/** What the last command goes on with, or what may end the script before it. */
const CONTINUED = /(?:&&|\||\\)\s*$/;
const ENDS_BEFORE = /\b(?:exit|return|exec|kill|trap)\b|\bset\s+[-+]|\$\{\w+:?\?/;
/** What follows may be text and no command: behind a comment's beginning on its line, or in a here-document. */
const UNSURE = /(?:^|\s)#[^\n]*$|<</;

/** How a shell script ends where it can never fail; undefined where it can, or where that is not sure. */
export const neverFails = (script: string): Ending | undefined => {
  const found = SUCCEEDS.exec(script);
  if (!found) return undefined;
  const before = script.slice(0, found.index);
  if (before.trim() === '' || CONTINUED.test(before) || ENDS_BEFORE.test(before) || UNSURE.test(before))
    return undefined;
  const offset = found.index + (/^[;\s]*/.exec(found[0])?.[0].length ?? 0);
  const text = script.slice(offset).replace(/\s#.*/s, '').replace(/\s+/g, ' ').trim();
  return { text, offset };
};
