import { nearest } from './nearest.js';

/** A doubt about how a script uses what it is given. Offsets count from its beginning; without one it is about them all. */
export interface EnvDoubt {
  readonly program?: string;
  readonly offset: number;
  readonly message: string;
}

/** What every script has: the shell's own, the session's, and a change's directory. */
const THERE: ReadonlySet<string> = new Set([
  ...['BACKUP', 'HOME', 'IFS', 'LANG', 'LC_ALL', 'LOGNAME', 'OLDPWD', 'OPTARG', 'OPTIND', 'PATH', 'PPID', 'PWD'],
  ...['SHELL', 'TERM', 'TMPDIR', 'USER'],
]);

/** Variables that scripts ask for and nobody gives, next to one that is given; and those given that none asks for. */
export const envDoubts = (programs: ReadonlyMap<string, string>, given: readonly string[]): readonly EnvDoubt[] => {
  const all = [...programs.values()].join('\n');
  const unused = given
    .filter((name) => !new RegExp(`\\b${name}\\b`).test(all))
    .map((name) => ({ offset: 0, message: `\`${name}\` is given, and no script of this asks for it.` }));
  const misspelt = [...programs].flatMap(([program, script]) =>
    [...script.matchAll(/\$\{?([A-Z][A-Z0-9_]+)\b/g)].flatMap(({ 1: name = '', index }) => {
      const near = given.includes(name) || THERE.has(name) ? undefined : nearest(name, given, 1)[0];
      if (near === undefined || new RegExp(`\\b${name}=|\\b(?:read|for)\\b[^\\n]*\\b${name}\\b`).test(script))
        return [];
      return [{ program, offset: index, message: `Nothing gives \`${name}\`. Did you mean \`${near}\`?` }];
    }),
  );
  return [...unused, ...misspelt];
};
