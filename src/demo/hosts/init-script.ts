import type { NamespaceMode } from '../namespaces/ability.js';
import { quoted, WAIT_FOR_PARENT } from '../namespaces/room.js';
import type { HostFile, HostSpec, Service } from './spec.js';
import { traffic } from './traffic.js';

/**
 * POSIX sh of a host's init: builds a root of its own in memory (the machine's programs read-only, all else private),
 * moves into it, sets name, addresses, kernel settings and files, and starts the application.
 */
export const hostScript = (spec: HostSpec, mode: NamespaceMode): string =>
  [
    `mode=${mode}\n`,
    PRIVATE_ROOT,
    PROC,
    mode === 'root' ? GUARD_MACHINE : '',
    'pivot_root . .machine\ncd /\numount -l /.machine\nrmdir /.machine\n',
    `hostname ${spec.name} 2> /dev/null || echo ${spec.name} > /proc/sys/kernel/hostname || true\n`,
    ...filesOf(spec).map(writeFile),
    network(spec),
    ...Object.entries(spec.sysctls).map(([key, value]) => `echo ${quoted(value)} > /proc/sys/net/ipv4/${key}\n`),
    ...(spec.services ?? []).map(startService),
    spec.traffic === undefined ? 'echo ready\n' : `perl -e ${quoted(traffic(spec.traffic))} 9<&- &\n`,
    WAIT_FOR_PARENT,
  ].join('');

const PRIVATE_ROOT = `umask 022
mount -t tmpfs -o mode=755,size=64m tmpfs /tmp
cd /tmp
mkdir -p etc/sysctl.d var/lib var/log var/tmp var/spool/cron run tmp root home proc sys dev/shm .machine
copies=
for d in usr nix gnu bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$d" ]; then copies="$copies /$d"
  elif [ -d "/$d" ]; then
    mkdir -p "$d"
    mount --rbind "/$d" "$d"
    mount -o remount,bind,ro "$d" || [ "$mode" = user ]
  fi
done
[ -z "$copies" ] || cp -P $copies .
for f in null zero full random urandom; do : > "dev/$f"; mount --bind "/dev/$f" "dev/$f"; done
cp -P /dev/fd /dev/stdin /dev/stdout /dev/stderr dev/ || true
ln -s /run var/
copies=
for f in alternatives ld.so.cache ld.so.conf ld.so.conf.d os-release localtime login.defs services protocols; do
  [ ! -e "/etc/$f" ] || copies="$copies /etc/$f"
done
[ -z "$copies" ] || cp -RP $copies etc/
chmod 1777 tmp var/tmp dev/shm
chmod 700 root
`;

const PROC = `mount -t proc proc proc
mount -t sysfs -o ro sysfs sys 2> /dev/null || true
`;

/** Root's host could set what belongs to the whole machine: only the settings of its own network stay writable. */
const GUARD_MACHINE = `mount --bind proc/sys/net proc/sys/net
mount --rbind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
[ ! -e proc/sysrq-trigger ] || mount -o bind,ro proc/sysrq-trigger proc/sysrq-trigger
`;

const filesOf = (spec: HostSpec): readonly HostFile[] => [
  { path: '/etc/hostname', text: `${spec.name}\n` },
  { path: '/etc/hosts', text: `127.0.0.1\tlocalhost\n${spec.address}\t${spec.name}\n` },
  { path: '/etc/passwd', text: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n' },
  { path: '/etc/group', text: 'root:x:0:\nnogroup:x:65534:\n' },
  { path: '/etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nhosts: files\n' },
  ...spec.files,
];

const writeFile = (file: HostFile): string =>
  `mkdir -p ${file.path.slice(0, file.path.lastIndexOf('/'))}
printf %s ${quoted(file.text)} > ${file.path}\n${file.mode === undefined ? '' : `chmod ${file.mode} ${file.path}\n`}`;

/** With the link, as Debian ships it, the boot's loader reads /etc/sysctl.conf too. */
const network = (spec: HostSpec): string => `ln -s ../sysctl.conf /etc/sysctl.d/99-sysctl.conf
ip -batch - << END
link set lo up
addr add ${spec.address}/32 dev lo
${(spec.others ?? []).map((address) => `addr add ${address}/32 dev lo\n`).join('')}${
  spec.traffic === undefined
    ? ''
    : `addr add ${spec.traffic.peer}/32 dev lo
route replace local ${spec.traffic.peer} dev lo table local src ${spec.address}
`
}END
`;

const startService = ({ start, ready }: Service): string => `{ ${start}
} 9<&- > /dev/null 2>> /var/log/demo.log
n=0
until { ${ready}
} > /dev/null 2>&1; do n=$((n + 1)); [ "$n" -lt 100 ] || { echo "a service did not start: $(tail -n 1 /var/log/demo.log)" >&2; exit 1; }; sleep 0.1; done
`;
