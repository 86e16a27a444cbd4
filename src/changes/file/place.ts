/**
 * POSIX sh for writing as root where somebody else may own a directory and put links in the way at any moment. Reads
 * `FILE`, an absolute path; sets `$name` and `$directory`. `enter` goes into the directory and stays in it, so that
 * what is put in its place later changes nothing: it refuses where it came through a link that not only root could have
 * made. `made NEW MODE OWNER` makes a file there from standard input, anew and never through a link, with the other
 * attributes of `$LIKE` and the times of `$TIMES`, where set; status 2 where it cannot be given to OWNER. `given MODE
 * OWNER WAS` sets mode and owner of the file `$name`, of just the one that has mode and owner `WAS`: it is opened
 * first. A device, a pipe or a socket is named, for opening it does something.
 */
export const PLACE = String.raw`
directory=${'$'}{FILE%/*}
directory=${'$'}{directory:-/}
name=./${'$'}{FILE##*/}
# Root's alone to replace: each directory on the way, and each link, is root's and no one else may write it.
firm() {
  way=''
  rest=${'$'}{1#/}
  while [ -n "$rest" ]; do
    way=$way/${'$'}{rest%%/*}
    case $rest in */*) rest=${'$'}{rest#*/} ;; *) rest='' ;; esac
    of=$(stat -c '%u %a' "$way" 2>/dev/null) || return 1
    case $of in '0 '*) ;; *) return 1 ;; esac
    [ ! -L "$way" ] || continue
    # A sticky directory lets nobody replace what is another's.
    case ${'$'}{of#0 } in [1357]???) ;; *[2367]|*[2367]?) return 1 ;; esac
  done
}
enter() {
  cd "$directory" 2>/dev/null || { echo "$directory is not there."; return 1; }
  here=$(pwd -P)
  [ "$here" = "$directory" ] || { firm "$directory" && firm "$here"; } ||
    { echo "$directory leads through a link that others than root could change: nothing is written through it."; return 1; }
}
meta_of() {
  stat -L -c '%a %U %G %u %g' "$1" | while read -r mode owner group uid gid; do
    [ "$owner" = UNKNOWN ] && owner=$uid
    [ "$group" = UNKNOWN ] && group=$gid
    case $mode in ????) ;; ???) mode=0$mode ;; ??) mode=00$mode ;; ?) mode=000$mode ;; esac
    printf '%s %s %s\n' "$mode" "$owner" "$group"
  done
}
made() {
  rm -f "$1"
  (
    set -C
    exec 9> "$1" || exit 1
    set +C
    cat >&9 || exit 1
    if [ -n "${'$'}{LIKE:-}" ]; then
      cp -p --attributes-only "$LIKE" /proc/self/fd/9 2>/dev/null
      if command -v chcon >/dev/null 2>&1; then chcon --reference="$LIKE" /proc/self/fd/9 2>/dev/null; fi
    fi
    chown "$3" /proc/self/fd/9 && chmod "$2" /proc/self/fd/9 || exit 2
    [ -z "${'$'}{TIMES:-}" ] || touch -r "$TIMES" /proc/self/fd/9
  ) 2>/dev/null || { set -- "$1" $?; rm -f "$1"; return "$2"; }
}
given() {
  if [ -f "$name" ] || [ -d "$name" ]; then
    (
      exec 9< "$name" || exit 1
      [ "$(meta_of /proc/self/fd/9)" = "$3" ] && chown "$2" /proc/self/fd/9 && chmod "$1" /proc/self/fd/9
    )
  else
    [ ! -L "$name" ] && [ "$(meta_of "$name")" = "$3" ] && chown "$2" "$name" && chmod "$1" "$name"
  fi
}
`;
