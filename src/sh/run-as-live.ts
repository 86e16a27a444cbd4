/**
 * POSIX sh for running a live process's own program again, as root, with its environment.
 *
 * `uid_of PID` sets `$uid`, the real one. `trusted PATH` succeeds where the file and all directories above it belong to
 * root and neither group nor others may write them; it sets `$real`, without links. `may_run PID PROGRAM FILE...`
 * succeeds where PROGRAM is trusted (or is `/proc/PID/exe` of a process of root, replaced since, and a file of root's)
 * and, for a process that is not root's own, its working directory and files too; it sets `$real`, or `$loose` to what
 * is not and `$why`; such files may not take variables of the environment either, for whoever owns a process writes it.
 * `run_as_live PID PROGRAM` runs it with the arguments on standard input, NUL behind each: the environment goes through
 * a pipe and never stands in a command line, which everybody may read. What would make the loader or the shell run
 * something else is left out of it.
 */
export const RUN_AS_LIVE = String.raw`
uid_of() {
  uid=
  while read -r key uid more; do [ "$key" != Uid: ] || return 0; done 2>/dev/null < "/proc/$1/status"
  uid=
  return 1
}
trusted() {
  case $1 in /*) ;; *) return 1 ;; esac
  real=$(readlink -f "$1" 2>/dev/null)
  case $real in /*) ;; *) return 1 ;; esac
  above=
  rest=${'${real#/}'}
  set -- /
  while [ -n "$rest" ]; do
    above=$above/${'${rest%%/*}'}
    set -- "$@" "$above"
    case $rest in */*) rest=${'${rest#*/}'} ;; *) rest= ;; esac
  done
  modes=$(stat -c '%u %a' "$@" 2>/dev/null) && only_roots
}
only_roots() {
  [ -n "$modes" ] || return 1
  while read -r owner mode; do
    [ "$owner" = 0 ] || return 1
    case $mode in *[2367]|*[2367]?) return 1 ;; esac
  done <<END
$modes
END
}
may_run() {
  loose=$2
  why='or a directory above it can be written by others than root'
  uid_of "$1" || return 1
  if [ "$uid" = 0 ] && [ "$2" = "/proc/$1/exe" ]; then
    real=$2
    modes=$(stat -L -c '%u %a' "$2" 2>/dev/null) && only_roots
    return
  fi
  trusted "$2" || return 1
  program=$real
  [ "$uid" != 0 ] || return 0
  loose=$(readlink "/proc/$1/cwd")
  trusted "$loose" || return 1
  shift 2
  for loose in "$@"; do
    trusted "$loose" && [ "$real" = "$loose" ] || return 1
    # Quotes in which HAProxy puts variables in, and conditions that ask for them.
    ! grep -qsE '"[^"]*[$][A-Za-z_{]|^[[:space:]]*[.](if|elif)' "$loose" ||
      { why='takes variables, and its process, whose environment they are from, is not of root'; return 1; }
  done
  real=$program
}
exported() {
  uid_of "$1" || return 1
  # Whoever owns a process writes its environment: root reads that of its own only.
  [ "$uid" = 0 ] || { echo runbolt_whole=yes; return; }
  tr '\000\n' '\n\001' 2>/dev/null < "/proc/$1/environ" | LC_ALL=C awk -v quote="'" '
    { at = index($0, "="); name = substr($0, 1, at - 1) }
    name !~ /^[A-Za-z_][A-Za-z0-9_]*$/ { next }
    name ~ /^(LD_|BASH|GLIBC_|GCONV_|MALLOC_|HAPROXY_MWORKER)/ { next }
    name ~ /^(ENV|IFS|PPID|UID|EUID|SHELLOPTS|HAPROXY_PROCESSES)$/ { next }
    {
      n = split(substr($0, at + 1), part, quote)
      text = part[1]
      for (i = 2; i <= n; i++) text = text quote "\\" quote quote part[i]
      gsub(/\001/, "\n", text)
      print "export " name "=" quote text quote
    }
    END { print "runbolt_whole=yes" }'
}
run_as_live() {
  { exported "$1" | { $LIMIT xargs -0 env -i /bin/sh -c '. /proc/self/fd/3
      [ "$runbolt_whole" = yes ] || exit 126
      unset runbolt_whole
      exec 3<&-
      exec "$@"' sh "$2" <&4 4<&-; } 3<&0
  } 4<&0
}
`;
