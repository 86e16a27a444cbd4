import { framed } from '../framing.js';

/**
 * Finds processes by `NAME` (what `ps -C` goes by: the program's name, of which the kernel keeps 15 characters) or by
 * `CMDLINE` (a piece of the command line). One grep over all of /proc finds the candidates (`NEEDLE`), then each is
 * looked at by itself: zombies, this shell and processes of other PID namespaces (containers) do not count.
 */
export const PROCESS_PROBE = framed(
  'process',
  String.raw`
candidates() {
  if [ -n "$NAME" ]; then grep -lsxF -e "$NEEDLE" /proc/[0-9]*/comm
  # Without -z a grep may see the first argument only: busybox.
  elif printf 'a\000b\000' | grep -qzF b 2>/dev/null; then grep -lszF -e "$NEEDLE" /proc/[0-9]*/cmdline
  else ls -d /proc/[0-9]*/cmdline
  fi
}
args_of() { cat "/proc/$1/cmdline" 2>/dev/null | head -c 4096 | tr '\000\t\n' '   '; }
is_it() {
  [ -n "$CMDLINE" ] || [ ${'$'}{#NAME} -gt 15 ] || return 0
  if [ -n "$CMDLINE" ]; then
    case $2 in *"$CMDLINE"*) return 0 ;; *) return 1 ;; esac
  fi
  for word in $2; do
    case ${'$'}{word##*/} in "$NAME"|"$NAME:") return 0 ;; esac
  done
  return 1
}
# Whether this gathering started it, at whatever remove.
ours() {
  up=$1
  steps=0
  while [ "$up" -gt 1 ] && [ "$steps" -lt 20 ]; do
    [ "$up" = $$ ] && return 0
    next=0
    while read -r field value rest; do
      if [ "$field" = PPid: ]; then next=$value; break; fi
    done 2>/dev/null < "/proc/$up/status"
    up=$next
    steps=$((steps + 1))
  done
  return 1
}
look_at() {
  pid=${'$'}{1#/proc/}
  pid=${'$'}{pid%%/*}
  other=$(readlink "/proc/$pid/ns/pid" 2>/dev/null)
  [ -z "$other" ] || [ "$other" = "$own" ] || return 0
  state=''; uid=''; rss=0
  while read -r field value rest; do
    case $field in
      State:) state=$value ;;
      Uid:) uid=$value ;;
      VmRSS:) rss=$value; break ;;
      Threads:) break ;;
    esac
  done 2>/dev/null < "/proc/$pid/status"
  [ -n "$uid" ] && [ "$state" != Z ] && [ "$state" != X ] && ! ours "$pid" || return 0
  args=$(args_of "$pid")
  set -f
  is_it "$pid" "$args" || { set +f; return 0; }
  set +f
  printf 'process\t%s\t%s\t%s\t%s\n' "$pid" "$uid" "$rss" "$(printf '%s' "$args" | cut -c 1-200)"
}
gather() {
  printf 'asked\t%s\t%s\n' "$NAME" "$CMDLINE"
  own=$(readlink /proc/self/ns/pid 2>/dev/null)
  if ! cat /proc/1/status >/dev/null 2>&1; then echo hidden; return 0; fi
  found=$(candidates)
  n=$(printf '%s\n' "$found" | grep -c .)
  if [ "$n" -gt 300 ]; then printf 'many\t%s\n' "$n"; return 0; fi
  for one in $found; do look_at "$one"; done 2>/dev/null |
    awk -F '\t' '
      BEGIN { while ((getline line < "/etc/passwd") > 0) { split(line, part, ":"); if (!(part[3] in user)) user[part[3]] = part[1] } }
      { print $1 "\t" $2 "\t" ($3 in user ? user[$3] : $3) "\t" $4 "\t" $5 }'
}
`,
);
