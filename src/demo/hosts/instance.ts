import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { agentShell, type LocalHost, orchestrationDirectory } from '../aws/hosts.js';
import type { Place } from '../namespaces/room.js';
import type { HostSpec } from './spec.js';

/** The region that the demo's instances are in. */
export const DEMO_REGION = 'eu-west-1';

/** A demo host as an instance of the demo's AWS: its agent's commands run in the host's namespaces. */
export const instanceOf = (spec: HostSpec, instance: string, room: Place, nsenter: string): LocalHost => ({
  instance,
  region: DEMO_REGION,
  tags: { Name: spec.name, ...spec.labels },
  state: 'running',
  privateIp: spec.address,
  run: ({ commandId, script, workingDirectory, environment }) => {
    const shell = agentShell(orchestrationDirectory(instance, commandId), workingDirectory);
    const child = spawn(nsenter, [...room.entry, 'setsid', '/bin/sh', '-c', shell], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...environment },
    });
    child.stdin.on('error', () => {});
    child.stdin.end(script);
    return { child, kill: () => killGroup(child.pid) };
  },
});

/** The agent's shell is nsenter's only child, and leads its own process group. */
const killGroup = (nsenter: number | undefined): void => {
  try {
    const children = readFileSync(`/proc/${nsenter}/task/${nsenter}/children`, 'latin1');
    for (const pid of children.split(' ').filter(Boolean)) process.kill(-Number(pid), 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
};
