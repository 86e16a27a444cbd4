import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../src/demo/machine.js';
import { namespaceMode, remedy } from '../../../src/demo/namespaces/ability.js';

const machine: Machine = {
  platform: 'linux',
  architecture: 'x64',
  uid: 1000,
  searchPath: '/nowhere',
  node: process.execPath,
};
const without = (): undefined => undefined;

describe('what the demo needs', () => {
  it('names the missing programs and the packages to install', () => {
    expect(namespaceMode(machine)).toEqual({
      ok: false,
      fault: {
        code: 'demo_unavailable',
        message:
          'The demo hosts need sh, cat, nice, renice, unshare, nsenter, setpriv, setsid, mount, umount, pivot_root, ip, perl, not found on this machine.',
        next: 'Install: dash coreutils bsdutils util-linux iproute2 perl (Debian: apt-get install dash coreutils bsdutils util-linux iproute2 perl).',
      },
    });
  });

  it('is Linux', () => {
    expect(namespaceMode({ ...machine, platform: 'darwin' })).toMatchObject({
      ok: false,
      fault: { code: 'demo_unavailable', message: 'The demo hosts are Linux namespaces, and this is darwin.' },
    });
  });

  it('is, for root in a container, a privileged one', () => {
    expect(remedy({ ...machine, uid: 0 }, without)).toContain('--privileged');
  });

  it.each([
    ['kernel/unprivileged_userns_clone', '0', 'kernel.unprivileged_userns_clone=1'],
    ['user/max_user_namespaces', '0', 'user.max_user_namespaces=15000'],
    ['kernel/apparmor_restrict_unprivileged_userns', '1', 'kernel.apparmor_restrict_unprivileged_userns=0'],
  ])('is, where %s is %s, the command that allows user namespaces', (path, value, command) => {
    expect(remedy(machine, (asked) => (asked === path ? value : undefined))).toBe(
      `Allow user namespaces: sudo sysctl -w ${command}; or run the demo as root.`,
    );
  });

  it('is root where the kernel settings are not to blame', () => {
    expect(remedy(machine, without)).toMatch(/^Run the demo as root/);
  });
});
