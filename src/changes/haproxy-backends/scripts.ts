import type { HostScripts } from '../../core/change-type.js';
import { MASKED } from '../../sh/haproxy-words.js';
import { LATER } from '../later.js';
import { CONVERGE } from './converge.js';

/**
 * The host's side of `haproxy_backends`, for dash, bash and busybox sh. The file is written beside its place, checked
 * by `haproxy -c` as the live process would read it, copied to a backup whose name does not end in .cfg, and renamed;
 * only then is the running process brought in line. `$BACKUP/ready` is there from before the rename on, `$BACKUP/begun`
 * from before the first word to the process on.
 *
 * Reads from the environment: `FILE`, `BEFORE` (sha256) and `RECIPE` (`keep FROM TO`, `text LINE`; empty: the file
 * stays); `FILES` (a `sha256 path` a line, in the order they are read) and `DIRECTORIES`; `APPLIED` (the copy of what
 * Runbolt wrote last) and `APPLIED_BEFORE`; `PROCESS` (`pid ticks`), `PROGRAM`, `KEEP`, `CONFIGS`, `PID_FILE`, `BINDS`
 * and `BESIDE` (ports, and listeners there at the plan), `MODE`, `UNIT`, `EXPOSING`, `SOCKET`, `VIA`, `LEVEL`,
 * `MASTER`, `WAY` and `WAY_BACK`; `BACKEND`, and tables of `name endpoint rest`: `RUNNING`, `WANTED`, `WAS`, `NEW`; `URL`.
 */
const COMMON = String.raw`${CONVERGE}${MASKED}
files_now() {
  printf '%s\n' "$FILES" | while read -r sum f; do printf '%s %s\n' "$(digest_or_empty "$f")" "$f"; done
  printf '%s\n' "$DIRECTORIES" | grep . | while read -r d; do
    for f in "${'${d%/}'}"/*.cfg; do
      [ -f "$f" ] && ! printf '%s\n' "$FILES" | cut -c 66- | grep -Fxq "$f" && echo "new $f"
    done
  done
  return 0
}
render() {
  printf '%s\n' "$RECIPE" | while IFS= read -r piece; do
    case $piece in
      text\ *) printf '%s\n' "${'${piece#text }'}" ;;
      *)
        set -- $piece
        # A last line without its end gets one where a line follows: old versions take such a file.
        if [ "$3" = '$' ]; then tail -n "+$2" "$FILE"; else tail -n "+$2" "$FILE" | head -n "$(($3 - $2 + 1))" | awk 1; fi ;;
    esac
  done
}
bound() { if timeout 20 true >/dev/null 2>&1; then timeout 20 "$@"; else "$@"; fi; }
`;

const GUARD = `${COMMON}
main() {
alive || [ "$MODE" = sockets ] || { echo "The process that was read is gone."; return 1; }
case $PROGRAM in /proc/*) ;; *) trusted "$PROGRAM" || { loose=$PROGRAM; not_run; return 1; } ;; esac
[ -z "$RECIPE" ] || trusted "\${FILE%/*}/" || { echo "Others than root may write the directory of $FILE."; return 1; }
now=$(files_now)
if [ "$now" != "$FILES" ]; then
  echo "Changed since the plan: $(printf '%s\\n%s\\n' "$now" "$FILES" | sort | uniq -u | sed 's/^[^ ]* //' | sort -u | head -n 3 | tr '\\n' ' ')"
  return 1
fi
[ "$(digest_or_empty "$APPLIED")" = "$APPLIED_BEFORE" ] || { echo "Another resync was applied since the plan."; return 1; }
[ -n "$asked_by" ] || { echo "There is no perl, python3, socat or nc to ask its socket with."; return 1; }
state > "$BACKUP/guarded" || { echo "$SOCKET does not answer."; return 1; }
runs=$(awk '$1 == ENVIRON["BACKEND"] { print $2, $3 }' "$BACKUP/guarded" | sort)
[ "$runs" = "$(printf '%s\\n' "$RUNNING" | sort)" ] || { echo "The running servers of $BACKEND are not those of the plan."; return 1; }
return 0
}
main
`;

const APPLY = String.raw`${COMMON}
main() {
umask 077
disk() { echo "$1 could not be written (is the disk full?)."; rm -f "$FILE.runbolt-new" "$APPLIED.new"; return 1; }
state > "$BACKUP/states" || { echo "$SOCKET does not answer."; return 1; }
printf '%s\n' "$NEW" | grep . | while read -r name endpoint rest; do
  ask "$endpoint" 2 '' >/dev/null 2>&1 || { echo "$name takes no connection at $endpoint from here; nothing was changed."; exit 1; }
done || return 1
mkdir -p "${'${APPLIED%/*}'}" && chmod 700 "${'${APPLIED%/*}'}" || { disk "${'${APPLIED%/*}'}"; return 1; }
if [ -n "$RECIPE" ]; then
  cp -p "$FILE" "$BACKUP/file" && flush "$BACKUP/file" && [ "$(digest "$BACKUP/file")" = "$BEFORE" ] || { disk "$BACKUP/file"; return 1; }
  cp -p "$FILE" "$FILE.runbolt-new" && render > "$FILE.runbolt-new" && flush "$FILE.runbolt-new" || { disk "$FILE.runbolt-new"; return 1; }
  after=$(render | digest)
  [ "$(digest "$FILE.runbolt-new")" = "$after" ] && [ "$after" != "$BEFORE" ] || { disk "$FILE.runbolt-new"; return 1; }
  pid=${'${PROCESS%% *}'}
  said=$(cd "$(readlink "/proc/$pid/cwd")" 2>/dev/null; { printf '%s\0' -c
    printf '%s\n' "$FILES" | while read -r sum f; do
      [ "$f" != "$FILE" ] || f=$FILE.runbolt-new
      printf '%s\0' -f "$f"
    done; } | with_environment "$pid") || {
      echo "haproxy -c refuses the new file: $(printf '%s\n' "$said" | masked | grep -e ALERT -e 'is not run' | head -n 2 | tr '\n' ' ' | cut -c 1-300)"
      rm -f "$FILE.runbolt-new"
      return 1
    }
  kept=$FILE.runbolt-$(date -u +%Y%m%dT%H%M%SZ)
  cp -p "$FILE" "$kept" && flush "$kept" && [ "$(digest "$kept")" = "$BEFORE" ] || { rm -f "$kept"; disk "$kept"; return 1; }
  printf '%s\n' "$kept" > "$BACKUP/kept"
  printf '%s\n' "$after" > "$BACKUP/after"
  cp "$FILE.runbolt-new" "$APPLIED.new" && flush "$APPLIED.new" && echo ready > "$BACKUP/ready" && [ -s "$BACKUP/ready" ] &&
    flush "$BACKUP/ready" || { rm -f "$BACKUP/ready" "$kept"; disk "$APPLIED.new"; return 1; }
  mv -f "$FILE.runbolt-new" "$FILE" && flush "${'${FILE%/*}'}" || { echo "$FILE could not be put in place."; return 1; }
else
  cp "$FILE" "$APPLIED.new" && flush "$APPLIED.new" || { disk "$APPLIED.new"; return 1; }
fi
mv -f "$APPLIED.new" "$APPLIED" || return 1
echo begun > "$BACKUP/begun"
converge "$WANTED" "$BACKUP/states" || return 1
echo done > "$BACKUP/done"
return 0
}
main
`;

const VERIFY = `${COMMON}
main() {
[ -z "$RECIPE" ] || [ "$(digest_or_empty "$FILE")" = "$(cat "$BACKUP/after")" ] || { echo "$FILE is not as written."; return 1; }
settled "$WANTED" || { echo "The running servers of $BACKEND are not as wanted: $(printf '%s\\n' "$left" | head -n 3 | tr '\\n' ';')"; return 1; }
apart=$(states_apart "$BACKUP/states")
[ -z "$apart" ] || { echo "States or weights are not as before: $(printf '%s\\n' "$apart" | head -n 3 | tr '\\n' ';')"; return 1; }
answers
}
main
`;

const REVERT = `${COMMON}
${LATER}
# Whether every server of a table runs: one that stood in no file cannot be brought back.
all_back() {
  todo=$(difference "$1") || { echo "$SOCKET does not answer."; return 1; }
  lost=$(printf '%s\\n' "$todo" | sed -n 's/^add //p;s/^moved //p' | cut -d ' ' -f 1 | tr '\\n' ' ')
  [ -z "$lost" ] || { echo "Not brought back: the options that $lost ran with stand in no file; add them by the runtime API."; return 1; }
}
# Where the file stayed, the servers that ran go back by the runtime API alone: a reload would bring those of the file.
back_to_running() {
  before=$(awk '$1 == ENVIRON["BACKEND"] { print $2, $3 }' "$BACKUP/states")
  all_back "$before" || return 1
  by_runtime "$before" && settled "$before" || { echo "The running servers could not be taken back: $(cat "$BACKUP/refused" 2>/dev/null)"; return 1; }
  carry "$BACKUP/back"
}
main() {
umask 077
rm -f "$FILE.runbolt-new" "$APPLIED.new"
[ -s "$BACKUP/ready" ] || [ -s "$BACKUP/begun" ] || return 0
if [ -s "$BACKUP/ready" ]; then
  now=$(digest_or_empty "$FILE")
  if [ "$now" != "$BEFORE" ]; then
    [ "$now" = "$(cat "$BACKUP/after")" ] || { changed_since "$FILE" left_content "$FILE" "$now"; return 1; }
    cp -p "$BACKUP/file" "$FILE.runbolt-new" && flush "$FILE.runbolt-new" && [ "$(digest "$FILE.runbolt-new")" = "$BEFORE" ] &&
      mv -f "$FILE.runbolt-new" "$FILE" && flush "${'${FILE%/*}'}" || { echo "$FILE could not be restored; its copy is $BACKUP/file."; rm -f "$FILE.runbolt-new"; return 1; }
  fi
  kept=$(cat "$BACKUP/kept")
  [ "$(digest_or_empty "$kept")" != "$BEFORE" ] || rm -f "$kept"
  cp "$BACKUP/file" "$APPLIED.new" && mv -f "$APPLIED.new" "$APPLIED"
fi
[ -s "$BACKUP/begun" ] || return 0
cp "$BACKUP/states" "$BACKUP/back"
if [ -s "$BACKUP/done" ] && state > "$BACKUP/current"; then
  awk '{ k = $1 "/" $2 } NR == FNR { now[k] = 1; print; next } !(k in now)' "$BACKUP/current" "$BACKUP/states" > "$BACKUP/back"
fi
NEW=
TAKING_BACK=1
[ -n "$RECIPE" ] || { back_to_running; return; }
WAY=$WAY_BACK
[ ! -f "$BACKUP/by-reload" ] || WAY=reload
if [ "$WAY" = reload ] && [ ! -f "$BACKUP/by-reload" ] && settled "$WAS" && [ -z "$(states_apart "$BACKUP/back")" ]; then return 0; fi
converge "$WAS" "$BACKUP/back" && carry "$BACKUP/back" &&
  all_back "$(awk '$1 == ENVIRON["BACKEND"] { print $2, "-" }' "$BACKUP/states")"
}
main
`;

export const HAPROXY_BACKENDS_SCRIPTS: HostScripts = { guard: GUARD, apply: APPLY, verify: VERIFY, revert: REVERT };
