/**
 * sh functions that find the files which may set a sysctl at boot, and ship what matters of them: `collect_conf
 * DIRECTORY` (of the loaders, into `$confs`), `collect_other FILE...`, `collect_called FILE...` and `tuned_profile
 * NAME` (what else may set it, into `$others`), `listable DIRECTORY...`, `there FILE`, `hidden PATH...` (those that are
 * kept from the caller), `matching_lines KIND FILE...` (lines that name one of `$leaves`, or may mean any key),
 * `checksums FILE...`. What is there and cannot be read or listed by the caller goes to `$unread`, never passed over.
 */
export const SYSCTL_FILES = String.raw`
missed() { unread=$unread$1$nl; }
# Not there, or hidden from the caller: told apart at the end, all at once.
maybe_hidden() { unseen=$unseen$1$nl; }
hidden() { ls -dL "$@" 2>&1 >/dev/null | sed -n "s/^ls: \(can[a-z]* access \)\{0,1\}'\{0,1\}\(\/.*[^']\)'\{0,1\}: .*\(ermission denied\|not permitted\)$/\2/p"; }
listable() {
  for d in "$@"; do
    d=${'$'}{d%/}
    if [ -d "$d" ]; then [ -r "$d" ] && [ -x "$d" ] || missed "$d"
    elif [ ! -e "$d" ]; then maybe_hidden "$d"
    fi
  done
}
there() {
  if [ ! -e "$1" ]; then maybe_hidden "$1"; return 1; fi
  [ -r "$1" ] || { missed "$1"; return 1; }
}
collect_conf() {
  if [ -d "$1" ]; then
    [ -r "$1" ] && [ -x "$1" ] || { confs=$confs$1$nl; return; }
  elif [ ! -e "$1" ]; then absent=$absent$1$nl
  fi
  for f in "$1"/*.conf "$1"/.*.conf; do
    [ -e "$f" ] || [ -L "$f" ] || continue
    case $f in *[!A-Za-z0-9@%+=:,./_\ -]*) odd=$((odd + 1)); continue ;; esac
    confs=$confs$f$nl
  done
}
collect_other() {
  for f in "$@"; do
    case $f in *'*'*) [ -e "$f" ] || continue ;; esac
    [ ! -d "$f" ] && there "$f" && [ -f "$f" ] || continue
    case $f in *[![:print:]]*) missed "$f"; continue ;; esac
    # On Debian run-parts and cron pass over a name with any other character, a dot above all (run-parts(8), cron(8)).
    case $f in /etc/cron.[hdwm]*ly/*|/etc/cron.d/*)
      case $strict${'$'}{f##*/} in "strict "*[!A-Za-z0-9_-]*) continue ;; esac ;;
    esac
    # What starts these runs only what may be run; root alone can tell of others.
    case $f in /etc/cron.[hdwm]*ly/*|/etc/network/if-up.d/*|/etc/NetworkManager/dispatcher.d/*|/etc/init.d/*|/etc/local.d/*|/var/lib/cloud/scripts/per-boot/*)
      [ "$uid" != 0 ] || [ -x "$f" ] || continue ;;
    esac
    others=$others$f$nl
  done
}
# Scripts that these files name by their path, one step from them; those of the distribution are passed over. And what
# they load by sysctl -p, told as loaded where each line of it names one key.
collect_called() {
  n=0 loads=''
  for f in $(grep -hosE '^([^#;][^#]*)?sysctl[[:space:]][^;&|#<>]*-[a-z]*[pf][[:space:]]+/[A-Za-z0-9_.+@/-]+|/[A-Za-z0-9_.+@/-]+' "$@" | sort -u | grep -vE '^/((usr/)?(s?bin|lib|lib64)|usr/(share|include)|proc|sys|dev|run|tmp|var/(run|log|lib|cache|tmp))(/[^[:space:]]*)?$'); do
    case $f in sysctl|*/sysctl) loads=1; continue ;; [!/]*) continue ;; esac
    if [ -n "$loads" ]; then
      loads=''
      case $nl$confs in *"$nl$f$nl"*) continue ;; esac
      if [ -f "$f" ] && [ -r "$f" ] && ! grep -q '[][*?]' "$f"; then printf 'loaded\t%s\n' "$f"; collect_other "$f"; fi
      continue
    fi
    [ ! -d "$f" ] || continue
    if [ -r "$f" ]; then
      [ -f "$f" ] && [ "$(head -c 2 "$f" | tr -d '\000')" = '#!' ] || continue
    elif [ ! -e "$f" ]; then maybe_hidden "$f"; continue
    fi
    n=$((n + 1))
    if [ "$n" -gt 50 ]; then missed "what more than 50 scripts do that cron, units and rc.local call"; return; fi
    case $nl$others in *"$nl$f$nl"*) ;; *) collect_other "$f" ;; esac
  done
}
# A profile of tuned, and those that it includes; at most ten.
tuned_profile() {
  case $1 in *[!A-Za-z0-9_.-]*|.*) missed "tuned profile $1"; return 0 ;; esac
  case " $profiles" in *" $1 "*) return 0 ;; esac
  [ "$(set -- $profiles; echo $#)" -lt 10 ] || { missed "tuned profile $1"; return 0; }
  profiles="$profiles$1 "
  printf 'manager\ttuned (profile %s)\n' "$1"
  for f in "/etc/tuned/$1/tuned.conf" "/etc/tuned/profiles/$1/tuned.conf" "/usr/lib/tuned/$1/tuned.conf" "/usr/lib/tuned/profiles/$1/tuned.conf"; do
    [ -e "$f" ] || continue
    collect_other "$f"
    # One of the same name in /etc takes the place of the distribution's.
    [ -r "$f" ] || return 0
    for parent in $(sed -n 's/^[[:space:]]*include[[:space:]]*=//p' "$f" | tr ',;' '  '); do tuned_profile "${'$'}{parent#-}"; done
    return 0
  done
}
matching_lines() {
  kind=$1
  shift
  KIND=$kind LEAVES=$leaves awk '
    BEGIN { m = split(ENVIRON["LEAVES"], leaf, "\n"); kind = ENVIRON["KIND"] }
    {
      named = ""
      for (i = 1; i <= m; i++) if (index($0, leaf[i])) named = named " " leaf[i]
      comment = ($0 ~ /^[ \t]*[#;]/)
      every = 0
      if (kind == "line") every = ($0 ~ /[*?[]/) && (!comment || index($0, "\r") > 0)
      if (kind == "rc") every = (NF > 0)
      if (kind == "other" && index($0, "sysctl")) every = ($0 ~ /sysctl[ \t].*-(-system|-load|[a-z]*[pf]([^a-z]|$))/)
      if (kind != "line" && comment) next
      if (named == "" && !every) next
      n++
      if (n > 400 * m) next
      at = kind "\t" FILENAME "\t" FNR "\t"
      # What is too long is told to the keys it names, or to all.
      if (kind == "rc" && $0 !~ /(^|[ \t\/;&|])(exit|sysctl)([ \t;]|$)/) every = 0
      if (length($0) > 1000 && (every || named != "")) print at "too-long\t" (every ? "*" : substr(named, 2))
      else if (length($0) > 1000) print at "text\t" substr($0, 1, 1000)
      else print at "text\t" $0
    }
    END { if (n > 400 * m) print "cut\t" n }' "$@" 2>/dev/null || printf 'broken\t%s\n' "$kind"
}
checksums() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum -- "$@"
  elif command -v busybox >/dev/null 2>&1; then busybox sha256sum "$@"
  fi 2>/dev/null
}
`;
