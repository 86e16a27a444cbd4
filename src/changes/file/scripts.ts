import type { HostScripts } from '../../core/change-type.js';
import { LATER } from '../later.js';
import { PLACE } from './place.js';

/**
 * The host's side of the change `file`, for dash, bash and busybox sh. Reads from the environment: `FILE`; `DEED`
 * (write, remove or set); `BEFORE`, the sha256 of its content, `absent`, or empty where only mode and owner matter;
 * `WAS`, mode, owner and group as `0644 root root`, empty where it is absent; `SEEN` and `SEEN_META`, both as observed,
 * before earlier steps of the plan; `TEXT` and `AFTER`, the new content and its sha256; `MODE`, `OWNER` and `GROUP` as
 * they will be.
 *
 * The new content is written beside the file, as `PLACE` does it, synced, read back and renamed; `$BACKUP/ready` is
 * there from before the first change on, so that a revert without it has nothing to bring back.
 */
const COMMON = String.raw`
LC_ALL=C; export LC_ALL
${PLACE}
new=$name.runbolt-new
digest() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum < "$1" | cut -c 1-64
  else busybox sha256sum < "$1" | cut -c 1-64
  fi
}
content_now() {
  if [ -f "$name" ] && [ ! -L "$name" ]; then digest "$name"
  elif [ -e "$name" ] || [ -L "$name" ]; then echo other
  else echo absent
  fi
}
meta_now() { [ ! -e "$name" ] || meta_of "$name"; }
flush() { sync "$1" 2>/dev/null || sync; }
as_planned() { [ -z "$BEFORE" ] || [ "$(content_now)" = "$BEFORE" ]; }
will_be() { [ "$DEED" = remove ] || printf '%s %s %s\n' "$MODE" "$OWNER" "$GROUP"; }
enter || exit 1
`;

const GUARD = `${COMMON}
[ -w . ] || { echo "$directory cannot be written."; exit 1; }
[ ! -L "$name" ] || { echo "$FILE is a link now."; exit 1; }
[ -z "$SEEN" ] || [ "$(content_now)" = "$SEEN" ] || { echo "$FILE changed since the plan."; exit 1; }
[ "$(meta_now)" = "$SEEN_META" ] || { echo "Mode or owner of $FILE changed since the plan: $(meta_now)"; exit 1; }
`;

const APPLY = `${COMMON}
umask 077
fail() { echo "$1"; rm -f "$new"; exit 1; }
keep() {
  [ "$BEFORE" = absent ] && return 0
  cp -p "$name" "$BACKUP/file" && flush "$BACKUP/file" && [ "$(digest "$BACKUP/file")" = "$BEFORE" ]
}
ready() { echo ready > "$BACKUP/ready" && [ -s "$BACKUP/ready" ] && flush "$BACKUP/ready"; }
case $DEED in
  write)
    keep || fail "No safe copy of $FILE could be made (is the disk full?)."
    [ "$BEFORE" = absent ] || LIKE=$BACKUP/file
    printf '%s' "$TEXT" | made "$new" "$MODE" "$OWNER:$GROUP"
    [ $? != 2 ] || fail "$FILE cannot be given to $OWNER:$GROUP."
    [ -e "$new" ] && flush "$new" && [ "$(digest "$new")" = "$AFTER" ] ||
      fail "$FILE.runbolt-new could not be written (is the disk full?)."
    ready || fail "$BACKUP could not be written."
    as_planned || fail "$FILE changed meanwhile."
    mv -f "$new" "$name" && flush . || fail "$FILE could not be put in place." ;;
  remove)
    keep && ready || fail "No safe copy of $FILE could be made (is the disk full?)."
    rm -f "$name" && flush . || fail "$FILE could not be removed." ;;
  set)
    ready || fail "$BACKUP could not be written."
    given "$MODE" "$OWNER:$GROUP" "$WAS" || fail "Mode and owner of $FILE could not be set." ;;
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
${LATER}
fail() { echo "$1"; rm -f "$new"; exit 1; }
rm -f "$new"
[ -s "$BACKUP/ready" ] || exit 0
content=$(content_now)
meta=$(meta_now)
if [ "$DEED" != set ]; then
  after=$AFTER
  [ "$DEED" = remove ] && after=absent
  [ "$content" = "$after" ] || [ "$content" = "$BEFORE" ] ||
    fail "$(changed_since "$FILE" left_content "$FILE" "$content")"
fi
[ "$meta" = "$WAS" ] || [ "$meta" = "$(will_be)" ] ||
  { [ "$DEED" = set ] && [ "\${meta%% *}" = "\${WAS%% *}" ]; } ||
  fail "$(changed_since "Mode or owner of $FILE" left_meta "$FILE" "$meta")"
set -- $WAS
if [ "$DEED" = set ]; then
  given "$1" "$2:$3" "$meta" || fail "Mode and owner of $FILE could not be restored."
elif [ "$BEFORE" = absent ]; then
  rm -f "$name" && flush . || fail "$FILE could not be removed."
elif [ "$content" != "$BEFORE" ] || [ "$meta" != "$WAS" ]; then
  LIKE=$BACKUP/file TIMES=$BACKUP/file
  made "$new" "$1" "$2:$3" < "$BACKUP/file" && flush "$new" && [ "$(digest "$new")" = "$BEFORE" ] && mv -f "$new" "$name" && flush . ||
    fail "$FILE could not be restored; its copy is $BACKUP/file."
fi
[ "$(meta_now)" = "$WAS" ] || fail "Mode and owner of $FILE are $(meta_now), not $WAS."
`;

export const FILE_SCRIPTS: HostScripts = { guard: GUARD, apply: APPLY, verify: VERIFY, revert: REVERT };
