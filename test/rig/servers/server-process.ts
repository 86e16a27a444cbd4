import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** A server started for a test: it dies with this process, and is stopped by its process ID. */
export interface ServerProcess {
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Ends it, in bounded time. */
  stop(): Promise<void>;
}

export const startProcess = (command: string, args: readonly string[], stopWith: NodeJS.Signals): ServerProcess => {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exited = once(child, 'exit').catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    output: () => text,
    kill: (signal) => void child.kill(signal),
    async stop() {
      if (!running(child)) return;
      child.kill(stopWith);
      await Promise.race([exited, delay(5_000)]);
      if (running(child)) child.kill('SIGKILL');
      await exited;
    },
  };
};

const running = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** Waits until `ready` answers true; throws with what the server printed when that takes longer than 15 s. */
export const untilReady = async (server: ServerProcess, ready: () => Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 300; i += 1) {
    if (await ready()) return;
    await delay(50);
  }
  const said = server.output();
  await server.stop();
  throw new Error(`The server did not become ready: ${said.slice(-2_000)}`);
};
