/** What bash has and another sh has not. */
export interface Bashism {
  readonly offset: number;
  readonly text: string;
  /** What to write in POSIX sh. */
  readonly instead: string;
}

/** A command begins here. */
const BEGIN = String.raw`(?<=^|[\n;&|({]\s*|\b(?:if|elif|while|until|then|else|do|!)\s+)`;
const command = (words: string): RegExp => new RegExp(`${BEGIN}(?:${words})`);

/** Outside of quotes. */
const BARE: readonly (readonly [found: RegExp, instead: string])[] = [
  [command(String.raw`\[\[(?=\s)`), '[ … ]'],
  [/(?<=(?:^|\s)\[\s[^\]\n]*\s)==(?=\s)/, '='],
  [command(String.raw`\(\((?=[^()\n]*\)\))`), '[ … ] with $(( … ))'],
  [command(String.raw`source(?=\s)`), '.'],
  [command(String.raw`function(?=\s+\w)`), 'NAME() { … }'],
  [command(String.raw`(?:declare|typeset)(?=\s)`), 'NAME=VALUE'],
  [command(String.raw`(?:mapfile|readarray)(?=\s)`), 'while read -r'],
  [command(String.raw`let(?=\s)`), '$(( … ))'],
  [command(String.raw`shopt(?=\s)`), 'what sh has'],
  [command(String.raw`(?:pushd|popd)(?=\s|$)`), 'cd'],
  [command(String.raw`echo\s+-[eE]+(?=\s)`), 'printf'],
  [/(?<!>)&>(?!&)/, '>FILE 2>&1'],
  [/<<</, 'printf … |'],
  [/(?<=\s)[<>]\((?=\s*\w)/, 'a pipe'],
  [/\$'/, 'printf'],
  [/\{-?\d+\.\.-?\d+\}/, 'seq'],
  [/(?<=\bset\s+(?:-\w+\s+)*-\w*o\s+)pipefail\b/, 'a file between the commands'],
];
/** Also within double quotes. */
const EXPANSION = /\$\{(?:!\w+|\w+(?:\/|\^|,|\[|:(?:\d|\s+-?\d)))[^}]*\}/;

/** The first thing in a script that only bash understands: elsewhere a test of it fails, and its `else` is taken. */
export const bashism = (script: string): Bashism | undefined => {
  const { bare, quoted } = masked(script);
  const found = BARE.map(([pattern, instead]) => ({ match: pattern.exec(bare), instead }));
  const all = [...found, { match: EXPANSION.exec(quoted), instead: 'sed or ${NAME#…}, ${NAME%…}' }].flatMap(
    ({ match, instead }) => (match ? [{ offset: match.index, text: match[0].trim(), instead }] : []),
  );
  return all.sort((a, b) => a.offset - b.offset)[0];
};

/** The script with what is no code blanked out: in `bare` all that is quoted, in `quoted` what stands in double quotes. */
const masked = (script: string): { readonly bare: string; readonly quoted: string } => {
  const bare = [...script];
  const quoted = [...script];
  const text = withoutDocuments(script);
  let within: '' | '"' | "'" | '#' = '';
  for (let i = 0; i < script.length; i++) {
    const char = text[i] ?? '';
    if (char === '\\' && within !== "'" && within !== '#') {
      blank(i, bare, quoted);
      blank(++i, bare, quoted);
      continue;
    }
    const opens =
      within === '' && (char === '"' || char === "'" || (char === '#' && /^$|\s|[;(]/.test(text[i - 1] ?? '')));
    const closes = within !== '' && char === (within === '#' ? '\n' : within);
    if (closes) within = '';
    else if (opens) within = char === '"' ? '"' : char === "'" ? "'" : '#';
    else if (within === '"') blank(i, bare);
    else if (within !== '') blank(i, bare, quoted);
    if (text[i] === '\u0000') blank(i, bare, quoted);
  }
  return { bare: bare.join(''), quoted: quoted.join('') };
};

const blank = (at: number, ...texts: readonly string[][]): void => {
  for (const text of texts) if (at < text.length && text[at] !== '\n') text[at] = ' ';
};

/** Here-documents are data. */
const withoutDocuments = (script: string): string =>
  script.replace(
    /(?<!<)<<-?[ \t]*(["']?)(\w+)\1([^\n]*\n)([\s\S]*?)(?=\n\s*\2[ \t]*(?:\n|$))/g,
    (whole, _quote: string, _end: string, _rest: string, body: string) =>
      whole.slice(0, whole.length - body.length) + body.replace(/[^\n]/g, '\u0000'),
  );
