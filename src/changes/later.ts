/**
 * POSIX sh for a revert that finds something else than it left: `changed_since WHAT TEST ARGUMENT...` prints whose it is, as
 * far as it can be known. `LATER` names the step directories of later attempts that still stand on the host, a line each;
 * TEST is asked of each of them, with its environment set: `left_content PATH SHA256` (`absent`: it removed PATH),
 * `left_value KEY VALUE`, `left_keepalive HOST:PORT VALUE`, `left_meta PATH MODE-OWNER-GROUP`.
 */
export const LATER = String.raw`left_content() {
  [ "${'$'}{DEED:-}" != remove ] || { [ "$2" = absent ] && [ "${'$'}{FILE:-}" = "$1" ]; return; }
  [ "${'$'}{AFTER:-}" = "$2" ] || [ "${'$'}{DROPIN_AFTER:-}" = "$2" ] ||
    grep -qsxF -e "$2" "$step/backup/after" "$step"/backup/edit.*.after || return 1
  grep -qsF -e "$1" "$step/env" "$step/revert"
}
left_value() { [ "${'$'}{KEY:-}" = "$1" ] && [ "${'$'}{SET_RUNNING:-}" = 1 ] && [ "${'$'}{VALUE:-}" = "$2" ]; }
left_keepalive() { [ "${'$'}{HOST:-}:${'$'}{PORT:-}" = "$1" ] && [ "${'$'}{VALUE:-}" = "$2" ]; }
left_meta() { [ "${'$'}{FILE:-}" = "$1" ] && [ "${'$'}{MODE:-} ${'$'}{OWNER:-} ${'$'}{GROUP:-}" = "$2" ]; }
changed_since() {
  what=$1
  shift
  later=$(printf '%s\n' "${'$'}{LATER:-}" | while IFS= read -r step; do
    [ -f "$step/env" ] || continue
    (
      unset AFTER DROPIN_AFTER KEY VALUE SET_RUNNING FILE MODE OWNER GROUP DEED HOST PORT
      . "$step/env"
      "$@"
    ) || continue
    step=${'$'}{step%/*}
    step=${'$'}{step##*/}
    printf '%s\n' "${'$'}{step%%-*}"
    break
  done)
  if [ -n "$later" ]; then echo "$what: a later change of Runbolt's (run $later) is in it: take that back first; nothing is reverted."
  else echo "$what was changed by somebody else since; nothing is reverted."
  fi
}`;
