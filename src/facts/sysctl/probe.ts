import { framing, OWN_UID } from '../framing.js';
import { SCHEDULED_DIRECTORIES, SCHEDULED_FILES } from '../scheduled-files.js';
import { SYSCTL_CONF } from './conf-probe.js';
import { SYSCTL_FILES } from './files-probe.js';

/**
 * Ships everything that decides the values of sysctls, as lines of tab-separated fields between a head line and an end
 * line that counts them. Predicts nothing: that is the parser's work. Reads `KEYS` from the environment, a line each with
 * its path below /proc/sys behind it, and `ANYWAY`: the loaders' files are read also where the kernel has none of these keys.
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
rc=''
${SYSCTL_FILES}
${SYSCTL_CONF}
# The value of each key now. Sets known, if the kernel has one of them, and leaves: their last names, a line each.
running() {
  saved=$IFS; IFS=$nl; set -f
  set -- $KEYS
  IFS=$saved; set +f
  for key in "$@"; do
    path=/proc/sys/${'$'}{key#* }
    key=${'$'}{key%% *}
    leaves=$leaves${'$'}{leaves:+$nl}${'$'}{key##*.}
    printf 'key\t%s\n' "$key"
    if [ ! -e "$path" ]; then echo missing; continue; fi
    known=1
    # Not by read: it asks for one byte at a time, and the kernel gives a number to the first of them only.
    if value=$(cat "$path" 2>/dev/null); then printf 'running\t%s\n' "${'$'}{value%%"$nl"*}"; else echo unreadable; fi
    if [ -w "$path" ]; then printf '%s\t%s\n' writable "1"; else printf '%s\t%s\n' writable "0"; fi
  done
}
host() {
  ${OWN_UID}
  printf 'uid\t%s\n' "$uid"
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
  d=/etc; [ -d /etc/sysctl.d ] && d=/etc/sysctl.d
  if [ -w "$d" ] && [ -w /etc ]; then printf '%s\t%s\n' etc "1"; else printf '%s\t%s\n' etc "0"; fi
}
command_line() {
  set -f
  words=''
  read -r words 2>/dev/null < /proc/cmdline
  for word in $words; do
    case $word in sysctl.*=*) printf 'cmdline\t%s\n' "$word" ;; esac
  done
  set +f
}
other_files() {
  listable ${SCHEDULED_DIRECTORIES} /etc/systemd/system /etc/systemd/system/*/
  listable /usr/local/lib/systemd/system /etc/network/if-up.d /etc/NetworkManager/dispatcher.d /etc/udev/rules.d
  listable /etc/init.d /etc/local.d /etc/cloud/cloud.cfg.d /var/lib/cloud/scripts/per-boot
  strict=''
  if [ -e /etc/debian_version ] && ! grep -qsE 'lsbsysinit|--regex|^EXTRA_OPTS=.*-l' /etc/crontab /etc/default/cron; then strict='strict '; fi
  collect_other ${SCHEDULED_FILES}
  collect_other /etc/systemd/system/*.service /etc/systemd/system/*/*.conf /usr/local/lib/systemd/system/*.service
  saved=$IFS; IFS=$nl; set -f
  set -- $others $rc
  IFS=$saved; set +f
  [ $# -eq 0 ] || collect_called "$@"
  collect_other /etc/network/interfaces /etc/network/if-up.d/* /etc/NetworkManager/dispatcher.d/* /etc/udev/rules.d/*.rules
  collect_other /etc/init.d/* /etc/local.d/*.start /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d/*.cfg
  collect_other /var/lib/cloud/instance/user-data.txt /var/lib/cloud/scripts/per-boot/*
  # Of the distribution's units only those that name a key; one of the same name in /etc or /run takes their place.
  set -- /usr/lib/systemd/system
  [ -L /lib ] || set -- "$@" /lib/systemd/system
  for d in "$@"; do
    [ -d "$d" ] || continue
    for f in $(grep -lsF "$leaves${'$'}{nl}sysctl -" "$d"/*.service "$d"/*.service.d/*.conf); do
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
}
# What the caller is kept from: told at once, at the end.
barred() {
  saved=$IFS; IFS=$nl; set -f
  set -- $absent $unseen
  if [ $# -gt 0 ]; then
    for f in $(hidden "$@"); do
      case $nl$absent in *"$nl$f$nl"*) printf 'conf\t%s\tunreadable\t-\n' "$f" ;; *) missed "$f" ;; esac
    done
  fi
  IFS=$saved; set +f
  [ -z "$unread" ] || printf '%s' "$unread" | tr -c '\012\040-\176' '?' | sort -u | sed 's/^/unread	/'
}
managers() {
  [ -d /etc/ansible ] && printf '%s\t%s\n' manager "Ansible (/etc/ansible)"
  [ -d /etc/chef ] && printf '%s\t%s\n' manager "Chef (/etc/chef)"
  for d in /etc/puppetlabs /etc/puppet; do [ -d "$d" ] && printf '%s\t%s\n' manager "Puppet ($d)" && break; done
  [ -e /etc/salt/minion ] && printf '%s\t%s\n' manager "Salt (/etc/salt/minion)"
  [ -d /var/lib/cloud/instance ] && printf '%s\t%s\n' manager "cloud-init (/var/lib/cloud)"
}
gather() {
  host
  known='' leaves=''
  running
  if [ -n "$known" ]; then
    command_line
    conf_files
    rc_local
    contents
    other_files
    barred
    managers
  elif [ -n "$ANYWAY" ]; then
    conf_files
    contents
    barred
  fi
  return 0
}
gather | tr -d '\000' | ${framing('sysctl')}
`;
