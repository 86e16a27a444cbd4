import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';

export interface TemporaryUser {
  readonly name: string;
  remove(): void;
}

/** A user of this machine for one test, with a sudoers rule if asked for. Needs root. */
export const temporaryUser = (options: { shell?: string; sudo?: 'NOPASSWD' | 'PASSWD' } = {}): TemporaryUser => {
  const name = `rig${randomBytes(4).toString('hex')}`;
  const rule = `/etc/sudoers.d/${name}`;
  execFileSync('useradd', ['-M', '-d', '/tmp', '-p', '*', '-s', options.shell ?? '/bin/sh', name]);
  if (options.sudo) writeFileSync(rule, `${name} ALL=(root) ${options.sudo}: ALL\n`, { mode: 0o440 });
  return {
    name,
    remove: () => {
      rmSync(rule, { force: true });
      // By force: a session of the user may be ending still.
      execFileSync('userdel', ['--force', name], { stdio: 'ignore' });
    },
  };
};
