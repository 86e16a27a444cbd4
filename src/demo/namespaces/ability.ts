import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { failure, ok, type Result } from '../../core/fault.js';
import { type Machine, whereIs } from '../machine.js';

/** How namespaces can be made here: by root directly, or by a user namespace in which the user is root. */
export type NamespaceMode = 'root' | 'user';

const NEEDED: Readonly<Record<string, string>> = {
  sh: 'dash',
  cat: 'coreutils',
  nice: 'coreutils',
  renice: 'bsdutils',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  setsid: 'util-linux',
  mount: 'util-linux',
  umount: 'util-linux',
  pivot_root: 'util-linux',
  ip: 'iproute2',
  perl: 'perl',
};

/** Arguments of `setpriv` that start a program in namespaces of its own, which end with the starting process. */
export const unshareArguments = (mode: NamespaceMode): readonly string[] => [
  '--pdeathsig',
  'KILL',
  'unshare',
  '--kill-child',
  ...(mode === 'user' ? ['-U', '-r'] : []),
  '-n',
  '-p',
  '-m',
  '-u',
  '-i',
  '--fork',
];

/** Tries what the demo hosts need and says what is missing otherwise, as Fault `demo_unavailable`. Takes about 20 ms. */
export const namespaceMode = (machine: Machine): Result<NamespaceMode> => {
  if (machine.platform !== 'linux')
    return failure(
      'demo_unavailable',
      `The demo hosts are Linux namespaces, and this is ${machine.platform}.`,
      'Run the demo on Linux, or write a runbolt.yaml with real targets.',
    );
  const missing = Object.keys(NEEDED).filter((program) => whereIs(machine, program) === undefined);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((program) => NEEDED[program]))].join(' ');
    return failure(
      'demo_unavailable',
      `The demo hosts need ${missing.join(', ')}, not found on this machine.`,
      `Install: ${packages} (Debian: apt-get install ${packages}).`,
    );
  }
  const refusals: string[] = [];
  for (const mode of machine.uid === 0 ? (['root', 'user'] as const) : (['user'] as const)) {
    const refusal = probe(machine, mode);
    if (refusal === undefined) return ok(mode);
    refusals.push(refusal);
  }
  return failure(
    'demo_unavailable',
    `The demo hosts need network, process and mount namespaces, refused here: ${refusals[0] ?? 'no reason given'}.`,
    remedy(machine, readKernelSetting),
  );
};

const PROBE = 'mount -t tmpfs tmpfs /tmp && mount -t proc proc /proc && ip link set lo up';

const probe = (machine: Machine, mode: NamespaceMode): string | undefined => {
  const tried = spawnSync(whereIs(machine, 'setpriv') ?? 'setpriv', [...unshareArguments(mode), 'sh', '-c', PROBE], {
    env: { PATH: machine.searchPath, LC_ALL: 'C' },
    timeout: 10_000,
    encoding: 'utf8',
  });
  if (tried.status === 0) return undefined;
  return (tried.stderr ?? '').trim().split('\n')[0]?.slice(0, 200) || `exit ${tried.status ?? tried.signal}`;
};

const readKernelSetting = (path: string): string | undefined => {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
  } catch {
    return undefined;
  }
};

/** The next step, by the kernel settings that are known to forbid namespaces. */
export const remedy = (machine: Machine, setting: (path: string) => string | undefined): string => {
  if (machine.uid === 0)
    return 'In a container, start it with --privileged (or --cap-add SYS_ADMIN --cap-add NET_ADMIN and no seccomp or AppArmor profile).';
  const commands = [
    ...(setting('kernel/unprivileged_userns_clone') === '0' ? ['kernel.unprivileged_userns_clone=1'] : []),
    ...(setting('user/max_user_namespaces') === '0' ? ['user.max_user_namespaces=15000'] : []),
    ...(setting('kernel/apparmor_restrict_unprivileged_userns') === '1'
      ? ['kernel.apparmor_restrict_unprivileged_userns=0']
      : []),
  ];
  return commands.length > 0
    ? `Allow user namespaces: sudo sysctl -w ${commands.join(' ')}; or run the demo as root.`
    : 'Run the demo as root, or outside the container or sandbox that refuses user namespaces.';
};
