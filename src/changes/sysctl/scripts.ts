import type { HostScripts } from '../../core/change-type.js';
import { DIGEST } from '../digest.js';
import { LATER } from '../later.js';

/**
 * The host's side of the change `sysctl`, for dash, bash and busybox sh. Reads from the environment: `KEY`, `KEY_PATH`,
 * `RUNNING` and `VALUE`; `SET_RUNNING` (1 or 0); `DROPIN`, `DROPIN_BEFORE` (sha256, `absent`, or `other` for what is no regular
 * file), `DROPIN_AFTER` (sha256, or empty when it is not written) and `DROPIN_TEXT`; `EDITS`, a line a file of path,
 * sha256 before (`left` where an earlier step of the plan edits it, too), line numbers joined by commas, and the mark put
 * before these lines, tab-separated; `SEEN`, a line `sha256 path` for each file that decides, with `(executable)` or `(not
 * executable)` behind an rc.local; `DROPIN_SEEN`, what `DROPIN_BEFORE` was before the earlier steps; `FOLLOWS`, 1 behind one.
 *
 * Files are written beside their target, synced, read back and renamed; `$BACKUP/ready` is there from before the first
 * rename on, so that a revert without it has nothing to bring back. The running value comes last. Each text is good as
 * the body of a function and as a file of its own: it ends in a call of `main`, whose status is the answer.
 */
const COMMON = String.raw`
LC_ALL=C; export LC_ALL
tab='	'
${DIGEST}
digest_or_absent() {
  if [ -f "$1" ] && [ ! -L "$1" ]; then digest "$1"
  elif [ -e "$1" ] || [ -L "$1" ]; then echo other
  else echo absent
  fi
}
now_running() { tr -s '\t ' '  ' < "$KEY_PATH" | head -n 1; }
each_edit() {
  [ -n "$EDITS" ] || return 0
  printf '%s\n' "$EDITS" | (
    n=0
    while IFS=$tab read -r path before lines mark; do
      n=$((n + 1))
      if [ "$before" = left ]; then
        if [ -s "$BACKUP/edit.$n.before" ]; then before=$(cat "$BACKUP/edit.$n.before"); else before=$(digest "$path"); fi
      fi
      "$1" || exit 1
    done
  )
}
edited() {
  program=''
  saved=$IFS; IFS=,
  for line in $lines; do program="$program$line s/^/$mark/;"; done
  IFS=$saved
  sed -e "$program" "$path"
}
seen_now() {
  for f in /etc/sysctl.d /run/sysctl.d /usr/local/lib/sysctl.d /usr/lib/sysctl.d /lib/sysctl.d; do
    for f in "$f"/*.conf "$f"/.*.conf; do
      [ -f "$f" ] && printf '%s %s\n' "$(digest "$f")" "$f"
    done
  done
  [ -f /etc/sysctl.conf ] && printf '%s %s\n' "$(digest /etc/sysctl.conf)" /etc/sysctl.conf
  listed=''
  for f in /etc/rc.local /etc/rc.d/rc.local; do
    [ -f "$f" ] || continue
    f=$(readlink -f "$f")
    case " $listed " in *" $f "*) continue ;; esac
    listed="$listed $f"
    if [ -x "$f" ]; then run=executable; else run='not executable'; fi
    printf '%s %s (%s)\n' "$(digest "$f")" "$f" "$run"
  done
  return 0
}
`;

const GUARD = String.raw`${COMMON}
main() {
[ -e "$KEY_PATH" ] || { echo "This kernel has no $KEY."; return 1; }
[ -w "$KEY_PATH" ] || { echo "$KEY_PATH cannot be written."; return 1; }
value=$(now_running)
[ "$value" = "$RUNNING" ] || { echo "$KEY is $value now; the plan saw $RUNNING."; return 1; }
if [ -n "$DROPIN_AFTER$EDITS" ] && [ ! -w /etc ]; then echo "/etc cannot be written."; return 1; fi
now=$(seen_now)
if [ "$now" != "$SEEN" ]; then
  changed=$(printf '%s\n%s\n' "$now" "$SEEN" | sort | uniq -u | cut -c 66- | sort -u | head -n 3 | tr '\n' ' ')
  echo "Changed since the plan: $changed"
  return 1
fi
if [ "$(digest_or_absent "$DROPIN")" != "$DROPIN_SEEN" ]; then echo "Changed since the plan: $DROPIN"; return 1; fi
return 0
}
main
`;

const APPLY = String.raw`${COMMON}
main() {
umask 022
clean() {
  rm -f "$DROPIN.runbolt-new"
  clean_edit() { rm -f "$path.runbolt-new"; }
  each_edit clean_edit
  [ -f "$BACKUP/made-directory" ] && [ ! -f "$BACKUP/ready" ] && rmdir "${'$'}{DROPIN%/*}" 2>/dev/null
  return 0
}
keep() {
  cp -p "$1" "$2" && flush "$2" && [ "$(digest "$2")" = "$3" ] || { echo "No safe copy of $1 could be made (is the disk full?)."; return 1; }
}
prepare_dropin() {
  [ -n "$DROPIN_AFTER" ] || return 0
  if [ "$DROPIN_BEFORE" = absent ]; then
    if [ ! -d "${'$'}{DROPIN%/*}" ]; then
      : > "$BACKUP/made-directory" && mkdir "${'$'}{DROPIN%/*}" || { echo "${'$'}{DROPIN%/*} could not be made."; return 1; }
    fi
    rm -f "$DROPIN.runbolt-new"
    : > "$DROPIN.runbolt-new" && chmod 644 "$DROPIN.runbolt-new" || { echo "$DROPIN could not be written."; return 1; }
  else
    keep "$DROPIN" "$BACKUP/dropin" "$DROPIN_BEFORE" && cp -p "$DROPIN" "$DROPIN.runbolt-new" || return 1
  fi
  printf '%s' "$DROPIN_TEXT" > "$DROPIN.runbolt-new" && flush "$DROPIN.runbolt-new" &&
    [ "$(digest "$DROPIN.runbolt-new")" = "$DROPIN_AFTER" ] || { echo "$DROPIN could not be written (is the disk full?)."; return 1; }
}
prepare_edit() {
  printf '%s\n' "$before" > "$BACKUP/edit.$n.before" && [ "$(cat "$BACKUP/edit.$n.before")" = "$before" ] || { echo "$BACKUP could not be written."; return 1; }
  keep "$path" "$BACKUP/edit.$n" "$before" || return 1
  cp -p "$path" "$path.runbolt-new" && edited > "$path.runbolt-new" && flush "$path.runbolt-new" || { echo "$path could not be written (is the disk full?)."; return 1; }
  after=$(edited | digest)
  [ "$(digest "$path.runbolt-new")" = "$after" ] && [ "$after" != "$before" ] || { echo "$path could not be written (is the disk full?)."; return 1; }
  printf '%s\n' "$after" > "$BACKUP/edit.$n.after" && [ "$(cat "$BACKUP/edit.$n.after")" = "$after" ] || { echo "$BACKUP could not be written."; return 1; }
}
rename_edit() { mv -f "$path.runbolt-new" "$path" && flush "${'$'}{path%/*}"; }
prepare() {
  printf '%s\n' "$RUNNING" > "$BACKUP/running" && [ "$(cat "$BACKUP/running")" = "$RUNNING" ] || { echo "$BACKUP could not be written (is the disk full?)."; return 1; }
  prepare_dropin && each_edit prepare_edit && echo ready > "$BACKUP/ready" && [ -s "$BACKUP/ready" ] && flush "$BACKUP/ready"
}
prepare || { rm -f "$BACKUP/ready"; clean; return 1; }
if [ -n "$DROPIN_AFTER" ]; then
  mv -f "$DROPIN.runbolt-new" "$DROPIN" && flush "${'$'}{DROPIN%/*}" || { echo "$DROPIN could not be put in place."; return 1; }
  [ "$(digest_or_absent "$DROPIN")" = "$DROPIN_AFTER" ] || { echo "$DROPIN reads back differently."; return 1; }
fi
each_edit rename_edit || { echo "A file could not be put in place."; return 1; }
seen_now > "$BACKUP/seen-after"
if [ "$SET_RUNNING" = 1 ]; then
  printf '%s\n' "$VALUE" > "$KEY_PATH" || { echo "The kernel refuses $KEY = $VALUE."; return 1; }
  [ "$(now_running)" = "$VALUE" ] || { echo "$KEY reads back as $(now_running)."; return 1; }
fi
return 0
}
main
`;

const VERIFY = `${COMMON}
main() {
value=$(now_running)
[ "$value" = "$VALUE" ] || { echo "$KEY is $value, not $VALUE."; return 1; }
if [ -n "$DROPIN_AFTER" ] && [ "$(digest_or_absent "$DROPIN")" != "$DROPIN_AFTER" ]; then echo "$DROPIN is not as written."; return 1; fi
verify_edit() { [ "$(digest_or_absent "$path")" = "$(cat "$BACKUP/edit.$n.after")" ] || { echo "$path is not as written."; return 1; }; }
each_edit verify_edit || return 1
expected=$SEEN
[ -z "$DROPIN_AFTER$EDITS" ] && [ "$FOLLOWS" = 0 ] || expected=$(cat "$BACKUP/seen-after")
[ "$(seen_now)" = "$expected" ] && { [ -n "$DROPIN_AFTER" ] || [ "$(digest_or_absent "$DROPIN")" = "$DROPIN_BEFORE" ]; } ||
  { echo "A file that decides $KEY at boot changed meanwhile."; return 1; }
return 0
}
main
`;

const REVERT = String.raw`${COMMON}
main() {
rm -f "$DROPIN.runbolt-new"
clean_edit() { rm -f "$path.runbolt-new"; }
each_edit clean_edit
if [ ! -s "$BACKUP/ready" ]; then
  [ -f "$BACKUP/made-directory" ] && rmdir "${'$'}{DROPIN%/*}" 2>/dev/null
  return 0
fi
${LATER}
others() { changed_since "$@"; return 1; }
may_restore_edit() {
  now=$(digest_or_absent "$path")
  [ "$now" = "$before" ] || [ "$now" = "$(cat "$BACKUP/edit.$n.after")" ] || others "$path" left_content "$path" "$now"
}
restore() {
  cp -p "$2" "$1.runbolt-new" && flush "$1.runbolt-new" && [ "$(digest "$1.runbolt-new")" = "$3" ] &&
    mv -f "$1.runbolt-new" "$1" && flush "${'$'}{1%/*}" || { echo "$1 could not be restored; its copy is $2."; rm -f "$1.runbolt-new"; return 1; }
}
restore_edit() {
  [ "$(digest_or_absent "$path")" = "$before" ] || restore "$path" "$BACKUP/edit.$n" "$before"
}
if [ -n "$DROPIN_AFTER" ]; then
  now=$(digest_or_absent "$DROPIN")
  [ "$now" = "$DROPIN_BEFORE" ] || [ "$now" = "$DROPIN_AFTER" ] || { others "$DROPIN" left_content "$DROPIN" "$now"; return 1; }
fi
each_edit may_restore_edit || return 1
if [ "$SET_RUNNING" = 1 ]; then
  now=$(now_running)
  [ "$now" = "$VALUE" ] || [ "$now" = "$RUNNING" ] || { others "$KEY (now $now)" left_value "$KEY" "$now"; return 1; }
fi
failed=0
each_edit restore_edit || failed=1
if [ -n "$DROPIN_AFTER" ] && [ "$(digest_or_absent "$DROPIN")" != "$DROPIN_BEFORE" ]; then
  if [ "$DROPIN_BEFORE" = absent ]; then
    rm -f "$DROPIN" && flush "${'$'}{DROPIN%/*}" || { echo "$DROPIN could not be removed."; failed=1; }
    [ -f "$BACKUP/made-directory" ] && rmdir "${'$'}{DROPIN%/*}" 2>/dev/null
  else
    restore "$DROPIN" "$BACKUP/dropin" "$DROPIN_BEFORE" || failed=1
  fi
fi
if [ "$SET_RUNNING" = 1 ] && [ "$(now_running)" != "$RUNNING" ]; then
  printf '%s\n' "$RUNNING" > "$KEY_PATH" && [ "$(now_running)" = "$RUNNING" ] || { echo "$KEY could not be set back to $RUNNING."; failed=1; }
fi
return $failed
}
main
`;

export const SYSCTL_SCRIPTS: HostScripts = { guard: GUARD, apply: APPLY, verify: VERIFY, revert: REVERT };
