import { REDIS_CONF } from '../../sh/redis-conf.js';

/**
 * sh functions that read a Redis configuration file: those of `sh/redis-conf.ts`, `confs_of PORT` (the files in the
 * usual places that configure that port) and `file_of PATH`, which prints what an edit of `tcp-keepalive` has to know.
 * No secret is printed.
 */
export const REDIS_FILE = String.raw`
${REDIS_CONF}
confs_of() {
  set --
  for f in /etc/redis*/*.conf /etc/redis/*/*.conf /etc/redis*.conf /etc/valkey/*.conf /etc/valkey/*/*.conf /etc/valkey*.conf /usr/local/etc/redis*.conf /usr/local/etc/redis/*.conf "$conf"; do
    [ -f "$f" ] && [ -r "$f" ] && set -- "$@" "$f"
  done
  [ $# -gt 0 ] || return 0
  PORT=$1 WANTED=$port awk '
    function settle() { if (file != "" && !sentinel && (port == ENVIRON["WANTED"] || tls == ENVIRON["WANTED"])) print file }
    FNR == 1 { settle(); file = FILENAME; port = 6379; tls = ""; sentinel = 0 }
    tolower($1) == "port" { port = $2 }
    tolower($1) == "tls-port" { tls = $2 }
    tolower($1) == "sentinel" { sentinel = 1 }
    END { settle() }' "$@" | head -n 4
}
digest_of() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1"
  elif command -v busybox >/dev/null 2>&1; then busybox sha256sum "$1"
  fi 2>/dev/null | cut -c 1-64
}
# The include lines of a file: number and what it names.
includes_of() {
  awk '
    { line = $0; sub(/\r$/, "", line); sub(/^[ \t]+/, "", line); name = line; sub(/[ \t].*/, "", name) }
    tolower(name) == "include" && ++i <= 20 {
      sub(/^[^ \t]+[ \t]+/, "", line); sub(/[ \t]+$/, "", line)
      if (line ~ /^".*"$/ || line ~ /^\047.*\047$/) line = substr(line, 2, length(line) - 2)
      print FNR "\t" line
    }' "$1"
}
# What each file that an include line names makes of the setting; one step, no file of a file.
included() {
  at=$1
  pattern=$2
  case $pattern in [!/]*|*[!A-Za-z0-9@%+=:,./_*?-]*) emit included "$at" "$pattern" odd ''; return ;; esac
  set -- $pattern
  for f in "$@"; do
    state=none
    value=''
    if [ ! -e "$f" ]; then case $pattern in *[*?]*) ;; *) state=missing ;; esac
    elif [ ! -f "$f" ] || [ ! -r "$f" ]; then state=unreadable
    elif [ -n "$(includes_of "$f")" ]; then state=nested
    else
      value=$(conf_value tcp-keepalive "$f")
      [ -z "$value" ] || state=sets
    fi
    emit included "$at" "$f" "$state" "$value"
  done
}
file_of() {
  case $1 in *[![:print:]]*) emit file "$1" '' odd 0 - - - - 0 ''; return ;; esac
  real=$(readlink -f "$1" 2>/dev/null)
  type=missing
  if [ -f "$1" ]; then type=file; [ -r "$1" ] || type=unreadable
  elif [ -e "$1" ]; then type=odd
  elif [ "$(id -u)" != 0 ]; then type=unreadable
  fi
  same=$(stat -L -c %d:%i "/proc/$pid/root$1" 2>/dev/null)
  if [ -z "$same" ]; then same=unknown; elif [ "$same" = "$(stat -L -c %d:%i "$1" 2>/dev/null)" ]; then same=1; else same=0; fi
  [ "$type" = file ] || { emit file "$1" "$real" $type $same - - - - 0 ''; return; }
  writable=0
  [ -w "$real" ] && [ -w "${'$'}{real%/*}/" ] && writable=1
  set -- "$1" $(stat -L -c '%a %u %g %h' "$1" 2>/dev/null)
  emit file "$1" "$real" file $same "$2" "$3" "$4" "$5" $writable "$(digest_of "$1")"
  N=$n awk '
    { text = $0; sub(/\r$/, ""); sub(/^[ \t]+/, ""); name = tolower($1); gsub(/["\047]/, "", name) }
    name == "tcp-keepalive" { if (++k <= 20) { gsub(/\t/, " ", text); print "line\t" ENVIRON["N"] "\t" FNR "\t" substr(text, 1, 200) } }
    name == "include" { if (++i <= 20) { gsub(/\t/, " ", text); print "include\t" ENVIRON["N"] "\t" FNR "\t" substr(text, 1, 200) } }' "$1" |
    tr -c '\011\012\040-\176' '?'
  includes_of "$1" | while IFS=$tab read -r at pattern; do included "$at" "$pattern"; done
}
`;
