import { readFileSync } from 'node:fs';
import ssh2, { type Client } from 'ssh2';
import type { Target } from '../../../src/core/target.js';

export interface Ended {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A plain SSH client that trusts only the host keys of this known_hosts file. */
export const connectTo = (target: Target, knownHosts: string): Promise<Client> =>
  new Promise((resolve, reject) => {
    const line = readFileSync(knownHosts, 'utf8')
      .split('\n')
      .find((one) => one.startsWith(`[127.0.0.1]:${target.port} `));
    const key = line?.split(' ')[2] ?? '';
    const client = new ssh2.Client();
    client.once('ready', () => resolve(client));
    client.once('error', reject);
    client.connect({
      host: target.host,
      port: target.port,
      username: target.user,
      privateKey: readFileSync(target.identity ?? ''),
      hostVerifier: (offered: Buffer) => offered.toString('base64') === key,
    });
  });

export const execute = (client: Client, command: string, stdin = ''): Promise<Ended> =>
  new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      let stdout = '';
      let stderr = '';
      let code: number | undefined;
      let signal: string | undefined;
      channel.on('data', (data: Buffer) => {
        stdout += data.toString();
      });
      channel.stderr.on('data', (data: Buffer) => {
        stderr += data.toString();
      });
      channel.on('exit', (first: number | null, second?: string) => {
        code = first ?? undefined;
        signal = second ?? undefined;
      });
      channel.on('close', () => resolve({ code, signal, stdout, stderr }));
      channel.end(stdin);
    });
  });

/** Looks every 20 ms until it is so. */
export const eventually = async (what: string, isSo: () => boolean | Promise<boolean>, limitMs = 10_000) => {
  const end = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
