import type { HostScripts } from '../../core/change-type.js';

/**
 * The host's side of the change `file`, for dash, bash and busybox sh. Reads from the environment: `FILE`; `DEED` (write,
 * remove or set); `BEFORE`, the sha256 of its content, `absent`, or empty where only mode and owner matter; `WAS`, mode,
 * owner and group as `0644 root root`, empty where it is absent; `SEEN` and `SEEN_META`, both as observed, before earlier
 * steps of the plan; `TEXT` and `AFTER`, the new content and its sha256;
 * `MODE`, `OWNER` and `GROUP` as they will be.
 *
 * The new content is written beside the file, synced, read back and renamed; `$BACKUP/ready` is there from before the
 * first change on, so that a revert without it has nothing to bring back.
 */
const COMMON = String.raw`
LC_ALL=C; export LC_ALL
directory=${'$'}{FILE%/*}
directory=${'$'}{directory:-/}
new=$FILE.runbolt-new
digest() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum < "$1" | cut -c 1-64
  else busybox sha256sum < "$1" | cut -c 1-64
  fi
}
content_now() {
  if [ -f "$FILE" ] && [ ! -L "$FILE" ]; then digest "$FILE"
  elif [ -e "$FILE" ] || [ -L "$FILE" ]; then echo other
  else echo absent
  fi
}
meta_now() {
  [ -e "$FILE" ] || return 0
  stat -c '%a %U %G %u %g' "$FILE" | while read -r mode owner group uid gid; do
    [ "$owner" = UNKNOWN ] && owner=$uid
    [ "$group" = UNKNOWN ] && group=$gid
    case $mode in ????) ;; ???) mode=0$mode ;; ??) mode=00$mode ;; ?) mode=000$mode ;; esac
    printf '%s %s %s\n' "$mode" "$owner" "$group"
  done
}
flush() { sync "$1" 2>/dev/null || sync; }
as_planned() { [ -z "$BEFORE" ] || [ "$(content_now)" = "$BEFORE" ]; }
will_be() { [ "$DEED" = remove ] || printf '%s %s %s\n' "$MODE" "$OWNER" "$GROUP"; }
`;

const GUARD = `${COMMON}
[ -d "$directory" ] || { echo "$directory is not there."; exit 1; }
[ -w "$directory" ] || { echo "$directory cannot be written."; exit 1; }
[ ! -L "$FILE" ] || { echo "$FILE is a link now."; exit 1; }
[ -z "$SEEN" ] || [ "$(content_now)" = "$SEEN" ] || { echo "$FILE changed since the plan."; exit 1; }
[ "$(meta_now)" = "$SEEN_META" ] || { echo "Mode or owner of $FILE changed since the plan: $(meta_now)"; exit 1; }
`;

const APPLY = `${COMMON}
umask 077
fail() { echo "$1"; rm -f "$new"; exit 1; }
keep() {
  [ "$BEFORE" = absent ] && return 0
  cp -p "$FILE" "$BACKUP/file" && flush "$BACKUP/file" && [ "$(digest "$BACKUP/file")" = "$BEFORE" ]
}
ready() { echo ready > "$BACKUP/ready" && [ -s "$BACKUP/ready" ] && flush "$BACKUP/ready"; }
case $DEED in
  write)
    keep || fail "No safe copy of $FILE could be made (is the disk full?)."
    rm -f "$new"
    if [ "$BEFORE" = absent ]; then : > "$new"; else cp -p "$FILE" "$new"; fi || fail "$new could not be written (is the disk full?)."
    chown "$OWNER:$GROUP" "$new" && chmod "$MODE" "$new" || fail "$FILE cannot be given to $OWNER:$GROUP."
    printf '%s' "$TEXT" > "$new" && flush "$new" &&
      [ "$(digest "$new")" = "$AFTER" ] || fail "$new could not be written (is the disk full?)."
    ready || fail "$BACKUP could not be written."
    as_planned || fail "$FILE changed meanwhile."
    mv -f "$new" "$FILE" && flush "$directory" || fail "$FILE could not be put in place." ;;
  remove)
    keep && ready || fail "No safe copy of $FILE could be made (is the disk full?)."
    rm -f "$FILE" && flush "$directory" || fail "$FILE could not be removed." ;;
  set)
    ready || fail "$BACKUP could not be written."
    chown "$OWNER:$GROUP" "$FILE" && chmod "$MODE" "$FILE" || fail "Mode and owner of $FILE could not be set." ;;
esac
`;

const VERIFY = `${COMMON}
case $DEED in
  write) [ "$(content_now)" = "$AFTER" ] || { echo "$FILE is not as written."; exit 1; } ;;
  remove) [ "$(content_now)" = absent ] || { echo "$FILE is there again."; exit 1; } ;;
esac
[ "$(meta_now)" = "$(will_be)" ] || { echo "Mode and owner of $FILE are $(meta_now)."; exit 1; }
`;

const REVERT = `${COMMON}
fail() { echo "$1"; rm -f "$new"; exit 1; }
rm -f "$new"
[ -s "$BACKUP/ready" ] || exit 0
content=$(content_now)
meta=$(meta_now)
if [ "$DEED" != set ]; then
  after=$AFTER
  [ "$DEED" = remove ] && after=absent
  [ "$content" = "$after" ] || [ "$content" = "$BEFORE" ] || fail "$FILE was changed by somebody else since; nothing is reverted."
fi
[ "$meta" = "$WAS" ] || [ "$meta" = "$(will_be)" ] ||
  { [ "$DEED" = set ] && [ "\${meta%% *}" = "\${WAS%% *}" ]; } ||
  fail "Mode or owner of $FILE was changed by somebody else since; nothing is reverted."
if [ "$DEED" = set ]; then
  set -- $WAS
  chown "$2:$3" "$FILE" && chmod "$1" "$FILE" || fail "Mode and owner of $FILE could not be restored."
elif [ "$BEFORE" = absent ]; then
  rm -f "$FILE" && flush "$directory" || fail "$FILE could not be removed."
elif [ "$content" != "$BEFORE" ] || [ "$meta" != "$WAS" ]; then
  cp -p "$BACKUP/file" "$new" && flush "$new" && [ "$(digest "$new")" = "$BEFORE" ] && mv -f "$new" "$FILE" && flush "$directory" ||
    fail "$FILE could not be restored; its copy is $BACKUP/file."
fi
[ "$(meta_now)" = "$WAS" ] || fail "Mode and owner of $FILE are $(meta_now), not $WAS."
`;

export const FILE_SCRIPTS: HostScripts = { guard: GUARD, apply: APPLY, verify: VERIFY, revert: REVERT };
