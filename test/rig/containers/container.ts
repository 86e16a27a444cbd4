import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from './compose-file.js';

export interface ContainerSettings {
  readonly name: string;
  readonly service: Service;
  /** Root of the image, and what the image itself sets. */
  readonly root: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Binds: where from on this machine, where to in the container, and whether it may write. */
  readonly binds: readonly { readonly from: string; readonly to: string; readonly write: boolean }[];
  readonly netPid: number;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Rights of a container's process: its user, no capability and no way to any, as the file says. */
const asUser = ({ user, cap_drop, security_opt }: Service): readonly string[] => {
  const [uid = '', gid = ''] = user.split(':');
  return [
    ...['setpriv', '--reuid', uid, '--regid', gid, '--clear-groups', '--pdeathsig', 'KILL'],
    ...(cap_drop.includes('ALL') ? ['--bounding-set=-all', '--inh-caps=-all'] : []),
    ...(security_opt.includes('no-new-privileges:true') ? ['--no-new-privs'] : []),
  ];
};

/** The mounts of the container as a script that ends with the root made read-only. */
const mounts = ({ service, root, binds }: ContainerSettings): string => {
  const lines = [
    'set -e',
    'mount --make-rprivate /',
    `R=${quoted(root)}`,
    'mount --bind $R $R',
    'mount --bind /usr $R/usr',
    'mount -o remount,bind,ro $R/usr',
    'mount --bind $R/local $R/usr/local',
    'mount --rbind /dev $R/dev',
    'mount --bind /proc $R/proc',
  ];
  for (const entry of service.tmpfs) {
    const [to = '', options = ''] = entry.split(':');
    lines.push(`mkdir -p $R${to}`, `mount -t tmpfs -o ${quoted(options)} tmpfs $R${to}`);
  }
  for (const { from, to, write } of binds) {
    const make = statSync(from).isDirectory() ? `mkdir -p $R${to}` : `mkdir -p $(dirname $R${to}) && touch $R${to}`;
    lines.push(make, `mount --bind ${quoted(from)} $R${to}`, ...(write ? [] : [`mount -o remount,bind,ro $R${to}`]));
  }
  if (service.read_only) lines.push('mount -o remount,bind,ro $R', 'mount -o remount,bind,ro $R/usr/local');
  return lines.join('\n');
};

/** One process of the compose file with the rights, files and network that a container engine would give it. */
export class Container {
  private text = '';
  private readonly exited: Promise<unknown>;

  private constructor(
    readonly settings: ContainerSettings,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (this.text += String(chunk)));
    this.exited = once(child, 'exit');
  }

  static start(settings: ContainerSettings): Container {
    const { service, name, entrypoint, command, workdir, netPid } = settings;
    const script = `${mounts(settings)}\nexec chroot $R "$@"`;
    const run = [...asUser(service), 'env', '-i', '-C', workdir, ...variables(settings), ...entrypoint, ...command];
    const child = spawn('nsenter', ['-t', String(netPid), '-n', 'unshare', '-m', 'sh', '-c', script, name, ...run], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Container(settings, child);
  }

  get output(): string {
    return this.text;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Runs a command in the container, as `docker exec` does. */
  run(...words: readonly string[]): { readonly code: number | null; readonly out: string } {
    const { service, workdir } = this.settings;
    const done = spawnSync(
      'nsenter',
      [
        ...['-t', String(this.pid), '-m', '-n', '-r', '-w', ...asUser(service)],
        ...['env', '-i', '-C', workdir, ...variables(this.settings), ...words],
      ],
      { encoding: 'utf8', timeout: 30_000 },
    );
    return { code: done.status, out: `${done.stdout}${done.stderr}` };
  }

  /** Asks the file's own health check until it answers 0. */
  async healthy(): Promise<void> {
    const { healthcheck } = this.settings.service;
    if (!('test' in healthcheck)) throw new Error(`${this.settings.name} has no health check`);
    const [kind, ...words] = healthcheck.test;
    let last = '';
    for (let n = 0; n < 150 && this.running; n += 1) {
      const done = kind === 'CMD-SHELL' ? this.run('/bin/sh', '-c', ...words) : this.run(...words);
      if (done.code === 0) return;
      last = done.out;
      await delay(200);
    }
    throw new Error(`${this.settings.name} is not healthy: ${last}\n${this.output.slice(-2_000)}`);
  }

  /** Waits for its end; answers with the exit code. */
  async ended(): Promise<number | null> {
    if (this.running) await this.exited;
    return this.child.exitCode;
  }

  /** Stops it as the file says; answers with the exit code, null when it had to be killed. */
  async stop(): Promise<number | null> {
    if (!this.running) return this.child.exitCode;
    this.child.kill(this.settings.service.stop_signal);
    await Promise.race([this.exited, delay(Number.parseInt(this.settings.service.stop_grace_period, 10) * 1000)]);
    if (this.running) this.child.kill('SIGKILL');
    await this.exited;
    return this.child.exitCode;
  }
}

const variables = ({ env, service }: ContainerSettings): readonly string[] =>
  Object.entries({ ...env, ...service.environment }).map(([name, value]) => `${name}=${value}`);

/** A file that is there with this content. */
export const given = (directory: string, name: string, content: string, mode = 0o444): string => {
  const path = join(directory, name);
  if (!existsSync(directory)) mkdirSync(directory, { recursive: true });
  writeFileSync(path, content, { mode });
  return path;
};
