import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentShell, type LocalHost } from '../../../src/demo/aws/index.js';

/** A host of the local AWS whose commands are plain processes of this machine, each fleet in a directory of its own. */
export interface HostRig {
  readonly directory: string;
  host(more: Partial<LocalHost> & Pick<LocalHost, 'instance'>): LocalHost;
  remove(): void;
}

export const hostRig = (): HostRig => {
  const directory = mkdtempSync(join(tmpdir(), 'runbolt-aws-'));
  return {
    directory,
    host: (more) => ({
      region: 'eu-west-1',
      tags: {},
      state: 'running',
      privateIp: '10.9.0.1',
      run: ({ commandId, script, workingDirectory, environment }) => {
        const files = join(directory, more.instance, commandId);
        const child = spawn('sh', ['-c', agentShell(files, workingDirectory)], {
          cwd: '/',
          detached: true,
          stdio: ['pipe', 'pipe', 'pipe'],
          env: { PATH: process.env.PATH ?? '/usr/bin:/bin', ...environment },
        });
        child.stdin.on('error', () => {});
        child.stdin.end(script);
        const kill = () => {
          try {
            if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
          } catch {
            // It has ended meanwhile.
          }
        };
        return { child, kill };
      },
      ...more,
    }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

/** `i-` and 17 hex digits, by a number. */
export const instanceId = (number: number): string => `i-${number.toString(16).padStart(17, '0')}`;
