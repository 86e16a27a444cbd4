/**
 * How a POSIX sh program is started on a host, so that it runs whole or not at all. Two programs are handed over as
 * arguments; the program itself comes over standard input, once the second has announced itself.
 *
 * They hold no single quote, backslash-newline or `!`, so that one pair of single quotes means the same to sh, bash, csh,
 * fish and zsh as login shells.
 */

/**
 * $1 seconds, $2 nonce, $3 the receiver: runs it under `timeout` where the host has one that knows `-k`. A link is
 * busybox's or the like, and is tried first: before 1.34 it has no `-k`.
 */
const STARTER =
  't=timeout; if [ -h /usr/bin/timeout ] || [ -h /bin/timeout ]; then timeout -k 1 1 true; else command -v timeout; fi ' +
  '>/dev/null 2>&1 || t=; exec ${t:+timeout -k 2 "$1"} sh -c "$3" runbolt "$2"';

/**
 * $1 nonce: announces itself with its process group on both streams, reads standard input to its end, and runs it only
 * when the nonce ends it. Half of a program is never run, whatever its text.
 */
const RECEIVER =
  'LC_ALL=C; export LC_ALL; { read -r p x x x g x </proc/self/stat; } 2>/dev/null; [ "$p" = "$$" ] || g=0; ' +
  'echo "$1=$g;" >&2; echo "$1=$g;"; s=$(cat); ' +
  'case $s in *"#$1") ;; *) echo "$1=cut;" >&2; exit 86;; esac; s=${s%??"$1"}; shift; unset p x g; eval "$s"';

/** $1 process group: TERM, and KILL for what is left when its leader is gone, or after about 2 s. */
const ENDER =
  '{ kill -TERM -$1; i=0; while kill -0 $1; do [ $i -ge 40 ] && break; i=$((i+1)); sleep 0.05 || sleep 1; done; ' +
  'kill -KILL -$1; } 2>/dev/null; true';

const BECOME = { none: [], sudo: ['env', 'LC_ALL=C', 'sudo', '-n'] } as const;

export type Become = keyof typeof BECOME;

/** Exit code of a receiver that got only part of its program, beside `NONCE=cut;` on standard error. */
export const CUT_CODE = 86;

/** The arguments of a program that waits for its text on standard input. `seconds` is the host's own bound. */
export const launchArguments = (become: Become, nonce: string, seconds: number): readonly string[] => [
  ...BECOME[become],
  ...['sh', '-c', STARTER, 'runbolt', String(seconds), nonce, RECEIVER],
];

/** The arguments that end a process group, with the rights of its script. */
export const endArguments = (become: Become, group: number): readonly string[] => [
  ...BECOME[become],
  ...['sh', '-c', ENDER, 'runbolt', String(group)],
];

/** The same as one line for an unknown login shell. */
export const commandLine = (words: readonly string[]): string =>
  `exec ${words.map((word) => (/^[\w=./-]+$/.test(word) ? word : `'${word}'`)).join(' ')}`;

/** What goes over standard input once the receiver is ready. */
export const payload = (text: string, nonce: string): string => `${text}\n#${nonce}`;
