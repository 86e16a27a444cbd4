import { framing } from '../framing.js';
import { SCHEDULED_DIRECTORIES, SCHEDULED_FILES } from '../scheduled-files.js';

/**
 * Ships everything that decides a sysctl's value, as lines of tab-separated fields between a head line and an end line
 * that counts them. Predicts nothing: that is the parser's work. Reads `KEY`, `LEAF` and `KEY_PATH` from the environment, and
 * `ANYWAY`: the files are looked at also where the kernel has no such key.
 * What is there and cannot be read or listed by the caller is named (`unread`), never passed over.
 * Works with dash, bash and busybox sh, and with mawk, gawk and busybox awk; changes nothing on the host.
 */
export const SYSCTL_PROBE = String.raw`
LC_ALL=C; export LC_ALL
nl='
'
tab='	'
odd=0
confs=''
others=''
unread=''
unseen=''
absent=''
profiles=''
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
    others=$others$f$nl
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
    [ -r "$f" ] || continue
    for parent in $(sed -n 's/^[[:space:]]*include[[:space:]]*=//p' "$f" | tr ',;' '  '); do tuned_profile "${'$'}{parent#-}"; done
  done
}
matching_lines() {
  kind=$1
  shift
  KIND=$kind awk '
    BEGIN { leaf = ENVIRON["LEAF"]; kind = ENVIRON["KIND"] }
    {
      keep = index($0, leaf) > 0
      comment = ($0 ~ /^[ \t]*[#;]/)
      if (!keep && kind == "line") keep = ($0 ~ /[*?[]/) && (!comment || index($0, "\r") > 0)
      if (kind == "other" && comment) keep = 0
      if (!keep && kind == "rc") keep = ($0 ~ /^[ \t]*exit([ \t;]|$)/ || $0 ~ /(^|[ \t\/;&|])sysctl[ \t]/) && !comment
      if (!keep) next
      n++
      if (n > 400) next
      print kind "\t" FILENAME "\t" FNR "\t" (length($0) > 1000 ? "too-long" : "text") "\t" substr($0, 1, 1000)
    }
    END { if (n > 400) print "cut\t" n }' "$@" 2>/dev/null || printf 'broken\t%s\n' "$kind"
}
checksums() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum -- "$@"
  elif command -v busybox >/dev/null 2>&1; then busybox sha256sum "$@"
  fi 2>/dev/null
}
gather() {
  printf 'key\t%s\n' "$KEY"
  printf 'uid\t%s\n' "$(id -u)"
  read -r system word kernel rest < /proc/version || kernel=$(uname -r)
  printf 'kernel\t%s\n' "$kernel"
  loader=none
  for f in /usr/lib/systemd/systemd-sysctl /lib/systemd/systemd-sysctl; do [ -x "$f" ] && loader=systemd && break; done
  for f in /etc/systemd/system/systemd-sysctl.service /run/systemd/system/systemd-sysctl.service; do
    [ -L "$f" ] && [ "$(readlink "$f")" = /dev/null ] && loader=masked
  done
  printf 'systemd\t%s\n' "$loader"
  procps=$(sysctl --version 2>/dev/null)
  printf 'procps\t%s\n' "${'$'}{procps%%"$nl"*}"
  if [ -e "$KEY_PATH" ]; then
    # Not by read: it asks for one byte at a time, and the kernel gives a number to the first of them only.
    if value=$(cat "$KEY_PATH" 2>/dev/null); then printf 'running\t%s\n' "${'$'}{value%%"$nl"*}"; else echo unreadable; fi
    if [ -w "$KEY_PATH" ]; then printf '%s\t%s\n' writable "1"; else printf '%s\t%s\n' writable "0"; fi
  else
    echo missing
  fi
  d=/etc; [ -d /etc/sysctl.d ] && d=/etc/sysctl.d
  if [ -w "$d" ] && [ -w /etc ]; then printf '%s\t%s\n' etc "1"; else printf '%s\t%s\n' etc "0"; fi
  [ -e "$KEY_PATH" ] || [ -n "$ANYWAY" ] || return 0
  set -f
  words=''
  read -r words 2>/dev/null < /proc/cmdline
  for word in $words; do
    case $word in sysctl.*"$LEAF"=*) printf 'cmdline\t%s\n' "$word" ;; esac
  done
  set +f

  for d in /etc /run /usr/local/lib /usr/lib /lib; do collect_conf "$d/sysctl.d"; done
  if [ -e /etc/sysctl.conf ] || [ -L /etc/sysctl.conf ]; then confs=$confs/etc/sysctl.conf$nl; fi
  [ "$odd" -eq 0 ] || printf 'odd\t%s\n' "$odd"
  saved=$IFS; IFS=$nl; set -f
  set -- $confs
  IFS=$saved; set +f
  regular=''
  for f in "$@"; do
    target=-
    if [ -L "$f" ]; then
      target=$(readlink "$f")
      target=${'$'}{target%%"$nl"*}
      case $target in *"$tab"*) target=$(printf '%s' "$target" | tr '\t' ' ') ;; esac
    fi
    if [ -f "$f" ]; then
      type=file; [ -r "$f" ] || type=unreadable
    elif [ -d "$f" ]; then
      type=directory
      case $f in */sysctl.d) type=unreadable ;; esac
    elif [ -e "$f" ]; then type=device
    else type=dangling; [ -z "$(hidden "$f")" ] || type=unreadable
    fi
    [ "$type" = file ] && regular=$regular$f$nl
    printf 'conf\t%s\t%s\t%s\n' "$f" "$type" "$target"
  done
  rc=''
  # systemd runs rc.local by its generator, or by an own unit that is enabled; a unit that is masked runs nothing.
  if [ "$loader" != none ]; then
    service=absent
    for d in /usr/lib/systemd /lib/systemd; do
      [ ! -x "$d/system-generators/systemd-rc-local-generator" ] || [ ! -e "$d/system/rc-local.service" ] || service=runs
    done
    for f in /etc/systemd/system/*.wants/rc-local.service /usr/lib/systemd/system/*.wants/rc-local.service; do
      [ ! -e "$f" ] || service=runs
    done
    for f in /run/systemd/system/rc-local.service /etc/systemd/system/rc-local.service; do
      { [ -L "$f" ] && [ "$(readlink "$f")" = /dev/null ]; } || { [ -f "$f" ] && [ ! -s "$f" ]; } || continue
      service=masked
    done
  else service=runs
  fi
  for f in /etc/rc.local /etc/rc.d/rc.local; do
    [ -e "$f" ] || maybe_hidden "$f"
    [ -f "$f" ] || continue
    real=$(readlink -f "$f")
    case $nl$rc in *"$nl$real$nl"*) continue ;; esac
    x=1
    case $({ stat -L -c %A "$real" || ls -ldL "$real"; } 2>/dev/null | cut -c 1-10) in -*[xst]*) ;; -*) x=0 ;; esac
    [ -z "$service" ] || printf 'rcservice\t%s\n' "$service"
    service=''
    printf 'rclocal\t%s\t%s\n' "$real" "$x"
    if [ -r "$real" ]; then rc=$rc$real$nl
    elif [ "$x" = 1 ]; then missed "$real"
    fi
  done
  saved=$IFS; IFS=$nl; set -f
  set -- $regular
  IFS=$saved; set +f
  if [ $# -gt 0 ]; then
    printf 'nul\t%s\n' "$(($(cat "$@" 2>/dev/null | tr -dc '\000' | wc -c)))"
    matching_lines line "$@"
  fi
  if [ -f /etc/sysctl.d/99-zz-runbolt.conf ]; then
    awk '
      length($0) > 500 { long = 1 }
      NR <= 60 && !long { print "own\t" $0 }
      END { if (NR > 60 || long) print "cut\t" NR }' /etc/sysctl.d/99-zz-runbolt.conf
  fi
  saved=$IFS; IFS=$nl; set -f
  set -- $rc
  IFS=$saved; set +f
  [ $# -eq 0 ] || matching_lines rc "$@"
  saved=$IFS; IFS=$nl; set -f
  set -- $regular $rc
  IFS=$saved; set +f
  if [ $# -gt 0 ]; then
    stat -L -c 'stat	%n	%a	%u	%g' -- "$@" 2>/dev/null || stat -L -c 'stat	%n	%a	%u	%g' "$@" 2>/dev/null
    checksums "$@" | while read -r sum name; do printf 'sha256\t%s\t%s\n' "$name" "$sum"; done
  fi

  listable ${SCHEDULED_DIRECTORIES} /etc/systemd/system /etc/systemd/system/*/
  listable /usr/local/lib/systemd/system /etc/network/if-up.d /etc/NetworkManager/dispatcher.d /etc/udev/rules.d
  listable /etc/init.d /etc/local.d /etc/cloud/cloud.cfg.d /var/lib/cloud/scripts/per-boot
  collect_other ${SCHEDULED_FILES}
  collect_other /etc/systemd/system/*.service /etc/systemd/system/*/*.conf /usr/local/lib/systemd/system/*.service
  collect_other /etc/network/interfaces /etc/network/if-up.d/* /etc/NetworkManager/dispatcher.d/* /etc/udev/rules.d/*.rules
  collect_other /etc/init.d/* /etc/local.d/*.start /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d/*.cfg
  collect_other /var/lib/cloud/instance/user-data.txt /var/lib/cloud/scripts/per-boot/*
  # Of the distribution's units only those that name the key; one of the same name in /etc or /run takes their place.
  set -- /usr/lib/systemd/system
  [ -L /lib ] || set -- "$@" /lib/systemd/system
  for d in "$@"; do
    [ -d "$d" ] || continue
    for f in $(grep -lsF "$LEAF" "$d"/*.service "$d"/*.service.d/*.conf); do
      name=${'$'}{f#"$d"/}
      [ -e "/etc/systemd/system/$name" ] || [ -e "/run/systemd/system/$name" ] || collect_other "$f"
    done
  done
  if there /etc/ufw/ufw.conf && grep -q '^ENABLED=yes' /etc/ufw/ufw.conf; then collect_other /etc/ufw/sysctl.conf; fi
  if there /etc/tuned/active_profile; then
    for profile in $(cat /etc/tuned/active_profile); do tuned_profile "$profile"; done
  fi
  saved=$IFS; IFS=$nl; set -f
  set -- $others
  IFS=$saved; set +f
  [ $# -eq 0 ] || matching_lines other "$@"
  saved=$IFS; IFS=$nl; set -f
  set -- $absent $unseen
  if [ $# -gt 0 ]; then
    for f in $(hidden "$@"); do
      case $nl$absent in *"$nl$f$nl"*) printf 'conf\t%s\tunreadable\t-\n' "$f" ;; *) missed "$f" ;; esac
    done
  fi
  IFS=$saved; set +f
  [ -z "$unread" ] || printf '%s' "$unread" | tr -c '\012\040-\176' '?' | sort -u | sed 's/^/unread	/'
  [ -d /etc/ansible ] && printf '%s\t%s\n' manager "Ansible (/etc/ansible)"
  [ -d /etc/chef ] && printf '%s\t%s\n' manager "Chef (/etc/chef)"
  for d in /etc/puppetlabs /etc/puppet; do [ -d "$d" ] && printf '%s\t%s\n' manager "Puppet ($d)" && break; done
  [ -e /etc/salt/minion ] && printf '%s\t%s\n' manager "Salt (/etc/salt/minion)"
  [ -d /var/lib/cloud/instance ] && printf '%s\t%s\n' manager "cloud-init (/var/lib/cloud)"
  return 0
}
gather | tr -d '\000' | ${framing('sysctl')}
`;
