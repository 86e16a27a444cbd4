import type { HostScripts, Step } from '../core/change-type.js';
import type { Outcome } from '../core/outcome.js';
import { exports, quote } from '../core/script.js';
import { cleanLine, decode } from '../core/text.js';

/**
 * An attempt to change one target. On the host it is a directory (root's, 0700) that is made once: the delivery that
 * makes it starts the work in a session of its own, so that a lost connection, a time limit or a cancel ends only who
 * looks on; every other delivery of the same attempt waits for the first one's result and answers with it. `go` is made
 * once too: by the worker before it touches anything, or by a look that finds it never began and so voids it for good.
 * A link, `busy`, lets one attempt at a time change a host, whichever run or name it came by.
 */
export interface Attempt {
  /** Unique for run, target and purpose: the name of the directory. */
  readonly id: string;
  readonly steps: readonly { readonly step: Step; readonly scripts: HostScripts }[];
  /** For the host's syslog: run, actor, what. */
  readonly label: string;
  /** Bound of each of a step's scripts, seconds. */
  readonly stepSeconds: number;
  /** How long a delivery waits for the result, seconds. */
  readonly waitSeconds: number;
}

/** Where attempts live on a host. */
export const ATTEMPTS = '/var/lib/runbolt/attempts';

/** The attempt of a run on a target. Names come from the inventory, IDs from the ledger: both are plain words. */
export const attemptId = (runId: string, target: string): string => `${runId}-${target}`;

const BUSY = '/var/lib/runbolt/busy';

const LEFT = ['kept', 'reverted', 'not-reverted', 'untouched'] as const;
export type Left = (typeof LEFT)[number];

/** What a host says of an attempt. `interrupted`: begun, and whoever worked on it is gone without a result. */
export type AttemptState =
  | {
      readonly kind: 'done';
      readonly outcome: 'changed' | 'failed' | 'drifted';
      /** How the host stands: as changed, put back, changed in whole or in part though it was to be put back, or as before. */
      readonly left: Left;
      readonly reason: string;
    }
  | { readonly kind: 'running' | 'absent' }
  | { readonly kind: 'interrupted'; readonly phase: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** The script that begins the attempt, or joins it when it was begun. */
export const deliverScript = (attempt: Attempt, boundary: string): string => `${preamble(attempt, boundary)}
[ "$(id -u)" = 0 ] || { answer refused 'changing this host needs root: set become: sudo for it'; exit 0; }
mkdir -p "$ROOT" 2>/dev/null && chmod 0700 "$ROOT" || { answer refused "cannot write $ROOT"; exit 0; }
full=''
if mkdir -m 0700 "$DIR" 2>/dev/null; then
find "$ROOT" -maxdepth 1 -type d -mtime +30 ! -path "$ROOT" -exec rm -rf {} + 2>/dev/null
${attempt.steps.map(({ step, scripts }, i) => stepFiles(i + 1, step, scripts, boundary)).join('')}\
${file('runner', runner(attempt), boundary)}
if [ -n "$full" ]; then rm -rf "$DIR"; answer refused "cannot write $DIR: is the disk full?"; exit 0; fi
if command -v setsid >/dev/null 2>&1; then setsid sh "$DIR/runner" </dev/null >/dev/null 2>&1 &
else sh "$DIR/runner" </dev/null >/dev/null 2>&1 & fi
fi
waited=0
while [ ! -f "$DIR/result" ] && [ "$waited" -lt ${attempt.waitSeconds * 10} ]; do
  if [ "$waited" -gt 20 ]; then alive || break; fi
  sleep 0.1 2>/dev/null || { sleep 1; waited=$((waited + 9)); }
  waited=$((waited + 1))
done
state
`;

/** The script that only reads what became of the attempt. */
export const inspectScript = (attempt: Pick<Attempt, 'id'>, boundary: string): string =>
  `${preamble(attempt, boundary)}\nstate\n`;

const preamble = ({ id }: Pick<Attempt, 'id'>, boundary: string): string => `umask 077
export LC_ALL=C PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH"
trap '' HUP PIPE
ROOT=${quote(ATTEMPTS)}
DIR="$ROOT"/${quote(id)}
answer() { printf '\\n%s %s\\n%s\\n%s end\\n' ${boundary} "$1" "$2" ${boundary}; }
boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo none; }
born() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
alive() {
  [ -s "$DIR/owner" ] || return 1
  read -r pid at since < "$DIR/owner"
  [ "$at" = "$(boot)" ] && [ -n "$since" ] && [ "$(born "$pid")" = "$since" ]
}
void() {
  mkdir "$DIR/go" 2>/dev/null || return 1
  printf 'failed untouched\\nit never began on the host; nothing was changed\\n' > "$DIR/result.new" && mv "$DIR/result.new" "$DIR/result"
}
state() {
  if [ ! -d "$DIR" ] && ! { mkdir -p "$ROOT" && mkdir -m 0700 "$DIR"; } 2>/dev/null; then answer absent ''; return; fi
  if [ ! -f "$DIR/result" ] && alive; then answer running ''; return; fi
  [ -f "$DIR/result" ] || void
  if [ -f "$DIR/result" ]; then answer done "$(head -c 4000 "$DIR/result")"
  else answer interrupted "$(head -c 200 "$DIR/phase" 2>/dev/null)"; fi
}`;

const SCRIPTS = ['guard', 'apply', 'verify', 'revert'] as const;

const stepFiles = (n: number, step: Step, scripts: HostScripts, boundary: string): string =>
  `mkdir -p "$DIR/${n}/backup" || full=1\n${file(`${n}/env`, exports(step.env), boundary)}${SCRIPTS.map((name) =>
    file(`${n}/${name}`, scripts[name], boundary),
  ).join('')}`;

const file = (name: string, content: string, boundary: string): string =>
  `cat > "$DIR/${name}" <<'${boundary}' || full=1\n${content}\n${boundary}\n`;

/** The program that does the work: all guards first, then each step with its proof; on failure back, last step first. */
const runner = ({ id, steps, label, stepSeconds }: Attempt): string => `trap '' HUP PIPE INT TERM
DIR=${quote(`${ATTEMPTS}/${id}`)}
export LC_ALL=C PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH"
BUSY=${quote(BUSY)}
boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo none)
born() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
me="$$ $boot $(born $$)"
printf '%s\\n' "$me" > "$DIR/owner"
mkdir "$DIR/go" 2>/dev/null || exit 0
say() { logger -t runbolt -- ${quote(label)}": $1" 2>/dev/null; }
bound() { if timeout -k 1 1 true >/dev/null 2>&1; then timeout -k 5 ${stepSeconds} "$@"; else "$@"; fi; }
step() {
  printf '%s %s\\n' "$2" "$1" > "$DIR/phase"
  ( . "$DIR/$1/env"; BACKUP="$DIR/$1/backup"; export BACKUP; cd / && bound sh "$DIR/$1/$2" ) </dev/null > "$DIR/said" 2>&1
}
finish() {
  { printf '%s %s\\n' "$1" "$2"; head -c 2000 "$DIR/said"; } > "$DIR/result.new" && sync && mv "$DIR/result.new" "$DIR/result"
  [ "$(readlink "$BUSY" 2>/dev/null)" = "$me" ] && rm -f "$BUSY"
  say "$1"
  exit 0
}
take() {
  ln -s "$me" "$BUSY" 2>/dev/null && return 0
  holder=$(readlink "$BUSY" 2>/dev/null)
  set -- $holder
  [ $# = 3 ] && [ "$2" = "$boot" ] && [ "$(born "$1")" = "$3" ] && return 1
  [ "$(readlink "$BUSY" 2>/dev/null)" = "$holder" ] && rm -f "$BUSY"
  ln -s "$me" "$BUSY" 2>/dev/null && [ "$(readlink "$BUSY")" = "$me" ]
}
back() {
  cp "$DIR/said" "$DIR/why"
  n=$1
  clean=reverted
  while [ "$n" -ge 1 ]; do
    step "$n" revert || { clean=not-reverted; cat "$DIR/said" >> "$DIR/why"; }
    n=$((n - 1))
  done
  cp "$DIR/why" "$DIR/said"
  finish failed "$clean"
}
say 'begins'
take || { echo 'another attempt is changing this host; nothing was changed' > "$DIR/said"; finish failed untouched; }
n=1
while [ "$n" -le ${steps.length} ]; do step "$n" guard || finish drifted untouched; n=$((n + 1)); done
n=1
while [ "$n" -le ${steps.length} ]; do
  step "$n" apply || back "$n"
  step "$n" verify || back "$n"
  n=$((n + 1))
done
finish changed kept
`;

/** Reads the answer out of a delivery's or an inspection's output; undefined when there is none in it. */
export const readAttempt = (stdout: Uint8Array, boundary: string): AttemptState | undefined => {
  const text = decode(stdout);
  const match = new RegExp(`\\n${boundary} ([a-z]+)\\n([\\s\\S]*?)\\n${boundary} end\\n`).exec(text);
  const body = match?.[2] ?? '';
  switch (match?.[1]) {
    case 'done': {
      const [first = '', ...said] = body.split('\n');
      const [outcome, stands] = first.split(' ');
      const left = LEFT.find((one) => one === stands);
      if (left === undefined || (outcome !== 'changed' && outcome !== 'failed' && outcome !== 'drifted'))
        return undefined;
      return { kind: 'done', outcome, left, reason: cleanLine(said.join(' '), 400) };
    }
    case 'running':
    case 'absent':
      return { kind: match[1] };
    case 'interrupted':
      return { kind: 'interrupted', phase: cleanLine(body, 100) };
    case 'refused':
      return { kind: 'refused', reason: cleanLine(body) };
    default:
      return undefined;
  }
};

/** A step that takes back an attempt that changed something, by the files it left on the host. */
export const revertStep = (attempt: string, effects: Step['effects']): Step => ({
  change: 'revert',
  type: 'revert',
  title: `take back ${attempt}`,
  env: { ATTEMPT: `${ATTEMPTS}/${attempt}` },
  effects,
});

/** Why a host has nothing to take back, in the guard's words. */
const NOTHING_LEFT = {
  untouched: 'that attempt changed nothing',
  idle: 'that attempt never began',
  before: 'it was taken back before',
} as const;

/** Whether the host said that nothing is left there to take back. */
export const hasNothingLeft = (outcome: Outcome, reason: string): boolean =>
  outcome === 'drifted' && Object.values(NOTHING_LEFT).some((words) => words === reason);

export const REVERT_SCRIPTS: HostScripts = {
  guard: `[ -d "$ATTEMPT" ] || { echo 'what the change left for its revert is not on the host'; exit 1; }
born() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
if [ -f "$ATTEMPT/result" ]; then
  case $(head -n 1 "$ATTEMPT/result") in
    changed* | 'failed not-reverted') ;;
    *) echo '${NOTHING_LEFT.untouched}'; exit 1 ;;
  esac
elif [ -s "$ATTEMPT/owner" ]; then
  read -r pid at since < "$ATTEMPT/owner"
  if [ "$at" = "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo none)" ] && [ "$(born "$pid")" = "$since" ]; then
    echo 'that attempt is still at work'; exit 1
  fi
else echo '${NOTHING_LEFT.idle}'; exit 1
fi
[ ! -e "$ATTEMPT/taken-back" ] || { echo '${NOTHING_LEFT.before}'; exit 1; }`,
  apply: `LATER=''
for dir in "${'$'}{ATTEMPT%/*}"/*; do
  [ "$dir" != "$ATTEMPT" ] && [ ! -e "$dir/taken-back" ] && [ "$dir/owner" -nt "$ATTEMPT/owner" ] || continue
  case $(head -n 1 "$dir/result" 2>/dev/null) in changed* | 'failed not-reverted' | '') ;; *) continue ;; esac
  for step in "$dir"/[0-9]*; do [ ! -f "$step/env" ] || LATER="$LATER$step
"; done
done
export LATER
n=$(ls "$ATTEMPT" | grep -c '^[0-9][0-9]*$')
while [ "$n" -ge 1 ]; do
  ( . "$ATTEMPT/$n/env"; BACKUP="$ATTEMPT/$n/backup"; export BACKUP; sh "$ATTEMPT/$n/revert" ) || exit 1
  n=$((n - 1))
done
: > "$ATTEMPT/taken-back"`,
  verify: `[ -e "$ATTEMPT/taken-back" ]`,
  revert: `echo 'a revert is not reverted: look at the host'; exit 1`,
};
