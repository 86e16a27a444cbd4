/**
 * sh functions for the files that the loaders and rc.local read, in the order they are to be called: `conf_files` (each
 * with what it is; the regular ones go to `$regular`), `rc_local` (whether it is run; into `$rc`; `$loader` is the host's) and
 * `contents` (the lines of both that matter, mode, owner and checksum).
 */
export const SYSCTL_CONF = String.raw`
conf_files() {
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
}
rc_local() {
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
}
contents() {
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
}
`;
