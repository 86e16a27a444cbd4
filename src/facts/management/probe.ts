import { framed, OWN_UID } from '../framing.js';
import { SCHEDULED_DIRECTORIES, SCHEDULED_FILES } from '../scheduled-files.js';

/**
 * Looks for what could undo a change: `found NAME SIGN` for each sign of configuration management, a cloud image or a
 * scaling group, `unread PATH` for what the caller may not look into. One grep over all command lines, one over the
 * places of scheduled jobs, one over the first configuration files people manage; changes nothing.
 */
export const MANAGEMENT_PROBE = framed(
  'management',
  String.raw`
clean=''
# At most 160 printable characters of what was found.
cleaned() {
  case $1 in
    *[!\ -~]*) clean=$(printf '%s' "$1" | tr -c '\040-\176' '?' | cut -c 1-160) ;;
    *) clean=$1; [ "${'$'}{#clean}" -le 160 ] || clean=$(printf '%s' "$1" | cut -c 1-160) ;;
  esac
}
found() { cleaned "$2"; printf 'found\t%s\t%s\n' "$1" "$clean"; }
unread() { cleaned "$1"; printf 'unread\t%s\n' "$clean"; }
directories() {
  name=$1
  shift
  for d in "$@"; do [ -d "$d" ] && found "$name" "$d"; done
}
# Directories that are there and cannot be looked into.
closed() {
  for d in "$@"; do
    if [ -d "$d" ]; then [ -r "$d" ] && [ -x "$d" ] || unread "$d"; fi
  done
}
tool_of() {
  case $1 in
    *ansible*|*Ansible*|*ANSIBLE*) tool=Ansible ;;
    *chef*|*Chef*|*CHEF*|*cinc-client*) tool=Chef ;;
    *puppet*|*Puppet*|*PUPPET*) tool=Puppet ;;
    *salt*|*Salt*|*SALT*) tool=Salt ;;
    *cf-*|*cfengine*|*CFEngine*) tool=CFEngine ;;
    *tuned*) tool=tuned ;;
    *) tool='' ;;
  esac
}
configured() {
  directories Ansible /etc/ansible /root/.ansible/tmp /home/*/.ansible/tmp /tmp/ansible_* /tmp/ansible-tmp-* /var/tmp/ansible-tmp-*
  directories Chef /etc/chef /etc/cinc
  directories Puppet /etc/puppetlabs /etc/puppet
  [ -e /etc/salt/minion ] && found Salt /etc/salt/minion
  directories CFEngine /var/cfengine
  [ -d /var/lib/cloud/instance ] && found cloud-init /var/lib/cloud
  if [ -r /etc/tuned/active_profile ]; then
    for profile in $(cat /etc/tuned/active_profile); do found tuned "profile $profile"; done
  fi
  closed /root /home/* /etc/ansible /etc/chef /etc/tuned
}
# The program itself or what an interpreter runs; not a container's, which does not manage this host.
running() {
  # Without -z a grep may see the first argument only: busybox.
  z=''
  grep -qz . /proc/self/cmdline 2>/dev/null && z=z
  # In brackets, or it would find itself.
  grep -ls${'$'}{z}E 'ansible-pul[l]|chef-clien[t]|cinc-clien[t]|puppe[t]|salt-minio[n]|cf-(exec[d]|agen[t])|tune[d]' /proc/[0-9]*/cmdline |
  while read -r file; do
    own=$(readlink /proc/self/ns/pid 2>/dev/null)
    pid=${'$'}{file#/proc/}
    pid=${'$'}{pid%/cmdline}
    other=$(readlink "/proc/$pid/ns/pid" 2>/dev/null)
    [ -z "$other" ] || [ "$other" = "$own" ] || continue
    cat "$file" 2>/dev/null | tr '\000' ' ' | { read -r first second rest; printf '%s\n%s\n' "$first" "$second"; } |
    while read -r word; do
      word=${'$'}{word##*/}
      case ${'$'}{word%:} in
        ansible-pull|chef-client|cinc-client|puppet|salt-minion|cf-execd|cf-agent|tuned)
          tool_of "$word"
          found "$tool" "process ${'$'}{word%:}" ;;
      esac
    done
  done
}
scheduled() {
  n=0
  closed ${SCHEDULED_DIRECTORIES} /etc/systemd/system
  grep -HsE '^[^#;]*(ansible-pull|ansible-playbook|chef-client|chef-solo|cinc-client|puppet (agent|apply)|salt-call|cf-agent)' \
    ${SCHEDULED_FILES} \
    /etc/systemd/system/*.service /etc/systemd/system/*.timer /etc/rc.local |
  while [ "$n" -lt 40 ] && read -r line; do
    n=$((n + 1))
    tool_of "${'$'}{line#*:}"
    [ -n "$tool" ] && found "$tool" "${'$'}{line%%:*}"
  done
}
headed() {
  n=0
  grep -HsiE '^[[:space:]]*[#;].*(ansible[ _]managed|(managed|generated|maintained) by (ansible|chef|puppet|salt|cfengine))' \
    /etc/*.conf /etc/sysctl.d/* /etc/rc.local /etc/cron.d/* /etc/security/limits.d/* /etc/ssh/sshd_config \
    /etc/haproxy/* /etc/redis/* /etc/valkey/* /etc/squid/* /etc/nginx/* |
  while [ "$n" -lt 40 ] && read -r line; do
    n=$((n + 1))
    tool_of "${'$'}{line#*:}"
    [ -n "$tool" ] && found "$tool" "${'$'}{line%%:*} says so"
  done
}
scaled() {
  for f in /run/cloud-init/instance-data-sensitive.json /run/cloud-init/instance-data.json; do
    [ -r "$f" ] || continue
    group=$(tr -d '\n' < "$f" | grep -oE '"aws:autoscaling:groupName": *"[^"]{1,255}"' | head -n 1 | cut -d '"' -f 4)
    [ -n "$group" ] && found 'Auto Scaling group' "$group" && return 0
  done
}
gather() {
  ${OWN_UID}
  printf 'uid\t%s\n' "$uid"
  configured
  running
  scheduled
  headed
  scaled
}
`,
);
