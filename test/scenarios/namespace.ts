import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Real kernel, own network and mount namespaces: nothing that is done inside reaches the machine. */

const probe = spawnSync('unshare', ['-n', '-m', 'true']);

/** Why these tests cannot run here, for the title of a skipped group; empty when they can. */
export const cannotIsolate = process.getuid?.() !== 0 ? 'needs root' : probe.status !== 0 ? 'needs unshare -n -m' : '';

/** A title that names the reason when the group is skipped. */
export const titled = (title: string, reason = cannotIsolate): string =>
  reason ? `${title} [skipped: ${reason}]` : title;

/** Directories that stand in for /etc, /run, /usr/local/lib, /usr/lib/sysctl.d, /var and /tmp. */
export interface Machine {
  readonly root: string;
  path(absolute: string): string;
  remove(): void;
}

const PLACES = ['/etc', '/run', '/usr/local/lib', '/usr/lib/sysctl.d', '/var', '/tmp'];

export const machine = (): Machine => {
  const root = mkdtempSync(join(tmpdir(), 'runbolt-machine-'));
  for (const place of PLACES) mkdirSync(join(root, place), { recursive: true });
  for (const directory of ['/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d'])
    mkdirSync(join(root, directory), { recursive: true });
  if (existsSync('/etc/alternatives'))
    cpSync('/etc/alternatives', join(root, '/etc/alternatives'), { recursive: true, verbatimSymlinks: true });
  chmodSync(root, 0o755);
  return {
    root,
    path: (absolute) => join(root, absolute),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
};

const hostNetwork = (() => {
  try {
    return readlinkSync('/proc/self/ns/net');
  } catch {
    return '';
  }
})();

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a shell program in new namespaces of `on`. It refuses to run anything when it is still in the machine's own
 * network namespace.
 */
export const inNamespace = (
  on: Machine,
  script: string,
  env: Readonly<Record<string, string>> = {},
  options: { readonly shell?: readonly string[]; readonly path?: string } = {},
): Ran => {
  const mounts = PLACES.map((place) => `mount --bind "$MACHINE${place}" ${place} || exit 97`).join('\n');
  const prepare = `
[ "$(readlink /proc/self/ns/net)" != "$HOST_NETWORK" ] || exit 98
${mounts}
ip link set lo up || exit 97
export PATH="$INNER_PATH"
exec "$@"`;
  const shell = options.shell ?? ['sh'];
  const ran = spawnSync('unshare', ['-n', '-m', 'sh', '-c', prepare, 'sh', ...shell, '-s'], {
    input: script,
    // A clone in /tmp is not to be seen from inside, and HAProxy does not start in a directory that has no path.
    cwd: '/',
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      INNER_PATH: options.path ?? '/usr/sbin:/usr/bin:/sbin:/bin',
      MACHINE: on.root,
      HOST_NETWORK: hostNetwork,
      ...env,
    },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 20_000,
  });
  return { code: ran.status, stdout: ran.stdout.toString('utf8'), stderr: ran.stderr.toString('utf8') };
};
