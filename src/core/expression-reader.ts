import type { compiler, Expression } from './expression.js';
import type { Template } from './runbook.js';
import type { Mistake, Path, YamlFile } from './yaml-file.js';

export type Compile = ReturnType<typeof compiler>;

/** The type of an expression that could not be read. */
const BROKEN = 'broken';

/** Reads the expressions and templates of a file; what is wrong with them is noted at its place. */
export class ExpressionReader {
  readonly mistakes: Mistake[] = [];
  /** Facts that could not be read: what refers to them is not a mistake of its own. */
  protected unread: readonly string[] = [];

  constructor(protected readonly file: YamlFile) {}

  protected condition(path: Path, text: string, compile: Compile): Expression {
    const expression = this.expression(path, text, 0, compile);
    if (expression.type !== 'bool' && expression.type !== BROKEN) {
      this.mistake(path, 'value', `This must be true or false, and is ${expression.type}.`);
    }
    return expression;
  }

  protected template(path: Path, text: string, compile: Compile): Template {
    const texts: string[] = [];
    const expressions: Expression[] = [];
    let rest = 0;
    for (const match of text.matchAll(/\{([^{}]*)\}/g)) {
      texts.push(text.slice(rest, match.index));
      expressions.push(this.expression(path, match[1] ?? '', match.index + 1, compile));
      rest = match.index + match[0].length;
    }
    return { texts: [...texts, text.slice(rest)], expressions };
  }

  protected expression(path: Path, text: string, offset: number, compile: Compile): Expression {
    const compiled = compile(text);
    if (compiled.ok) return compiled.value;
    const { message } = compiled.problem;
    const broken = { text, mentions: new Set<string>(), type: BROKEN, evaluate: () => undefined };
    if (this.unread.some((name) => message === `Unknown variable: ${name}`)) return broken;
    const place = this.file.place(path, 'value', offset + compiled.problem.offset);
    this.mistakes.push({ ...place, message: `${message}.${compiled.problem.hint}` });
    return broken;
  }

  protected mistake(path: Path, part: 'key' | 'value', message: string): void {
    this.mistakes.push({ ...this.file.place(path, part), message });
  }
}
