import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { until } from './wait.js';

/** The real local Slack; not there on every platform. */
export const LOCAL_SLACK = fileURLToPath(
  new URL('../../../node_modules/local-slack-linux-x64/bin/local-slack', import.meta.url),
);

const message = z.object({
  ts: z.string(),
  text: z.string().optional(),
  thread_ts: z.string().optional(),
  ephemeral_to: z.string().optional(),
  bot_id: z.string().optional(),
  blocks: z.array(z.looseObject({ type: z.string() })).optional(),
});
export type LocalMessage = z.infer<typeof message>;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** A real local Slack of its own with these people in one channel, and its control interface. */
export const startLocalSlack = async (channel: string, people: readonly string[]) => {
  const directory = await mkdtemp(join(tmpdir(), 'local-slack-'));
  const port = await freePort();
  const config = {
    workspace: { name: 'Test', domain: 'test', teamId: 'T0TEAM' },
    app: { appId: 'A0APP', botUserId: 'U0BOT', botName: 'runbolt', botToken: 'xoxb-local', appToken: 'xapp-local' },
    users: people.map((id) => ({ id, name: id.slice(2).toLowerCase() })),
    channels: [{ id: channel, name: 'ops', members: [...people, 'U0BOT'] }],
  };
  const file = join(directory, 'config.json');
  await writeFile(file, JSON.stringify(config));
  const child = spawn(LOCAL_SLACK, ['--config', file, '--port', String(port), '--base-host', '127.0.0.1'], {
    stdio: 'ignore',
  });
  const base = `http://127.0.0.1:${port}`;
  const control = async (path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${base}/_control/${path}`, {
      ...(body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    return answer.json();
  };
  await until(
    'the local Slack answers',
    () =>
      control('state').then(
        () => true,
        () => false,
      ),
    20_000,
  );
  return {
    apiUrl: `${base}/api/`,
    botToken: config.app.botToken,
    appToken: config.app.appToken,
    control,
    messages: async (): Promise<readonly LocalMessage[]> =>
      z.object({ messages: z.array(message) }).parse(await control(`messages/${channel}`)).messages,
    close: async (): Promise<void> => {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
};
