import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ServerChannel } from 'ssh2';
import type { Place } from '../namespaces/room.js';

/** A command that runs in a host for one channel. */
export interface Command {
  /** Sends a signal (`TERM`, `KILL`, ...) to the command's process group, as sshd does. */
  signal(name: string): void;
  /** Resolves when the command has ended and nothing holds its streams. */
  readonly ended: Promise<void>;
}

const HOST_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/sh',
} as const;

/**
 * Runs a command as root of the host, in a session and process group of its own. As with sshd: the exit status is told at
 * the command's end, the channel stays open while anything holds the command's output, and a channel or connection that
 * closes takes the streams away from the command but does not end it.
 */
export const runCommand = (room: Place, nsenter: string, command: string, channel: ServerChannel): Command => {
  const child = spawn(nsenter, [...room.entry, 'setsid', '/bin/sh', '-c', `cd /root\n${command}`], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: HOST_ENVIRONMENT,
  });
  for (const stream of [child.stdin, child.stdout, child.stderr, channel, channel.stderr]) stream.on('error', () => {});
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  let open = true;
  channel.once('close', () => {
    open = false;
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
  });
  child.once('exit', (code, signal) => {
    if (!open) return;
    if (signal !== null) channel.exit(signal.replace(/^SIG/, ''), false, '');
    else channel.exit(code ?? 255);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      if (open) channel.end();
      resolve();
    });
    child.once('error', () => {
      if (open) {
        channel.exit(255);
        channel.end();
      }
      resolve();
    });
  });
  return { signal: (name) => signalCommand(child, name), ended };
};

const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  ABRT: 'SIGABRT',
  ALRM: 'SIGALRM',
  HUP: 'SIGHUP',
  INT: 'SIGINT',
  KILL: 'SIGKILL',
  QUIT: 'SIGQUIT',
  TERM: 'SIGTERM',
  USR1: 'SIGUSR1',
  USR2: 'SIGUSR2',
};

/** The command is nsenter's only child, and leads its own process group. */
const signalCommand = (nsenter: ChildProcess, name: string): void => {
  const signal = SIGNALS[name.replace(/^SIG/, '')];
  if (signal === undefined || nsenter.pid === undefined || nsenter.exitCode !== null) return;
  try {
    const children = readFileSync(`/proc/${nsenter.pid}/task/${nsenter.pid}/children`, 'latin1');
    for (const pid of children.split(' ').filter(Boolean)) process.kill(-Number(pid), signal);
  } catch {
    // It has ended meanwhile.
  }
};
