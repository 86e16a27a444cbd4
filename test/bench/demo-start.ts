import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { slackClient } from '../../src/demo/slack/client.js';
import { BOT_USER } from '../../src/demo/slack/workspace.js';
import { freePort } from '../rig/servers/free-port.js';
import { until } from '../rig/slack/index.js';

const ROOT = resolve(import.meta.dirname, '../..');
const CLONE = ['bin', 'src', 'scripts', 'runbooks', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const ASKS = 2;

/** One start of the demo, in ms: until it says that it is ready, and what each slash command then took. */
export interface DemoStart {
  readonly readyMs: number;
  readonly asks: readonly Ask[];
}

/** From the slash command, in ms: to the first message, and until it tells of every host but the one that hangs. */
interface Ask {
  readonly firstWord: number;
  readonly answered: number;
}

/** A copy of the sources without a build, as a clone is after `npm ci`; the packages are this tree's own. */
export const freshClone = (directory: string): string => {
  const clone = join(directory, 'clone');
  for (const name of CLONE) cpSync(join(ROOT, name), join(clone, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  return clone;
};

/** `npm start` in the clone, a few requests in its local Slack, and Ctrl-C. */
export const startDemo = async (clone: string): Promise<DemoStart> => {
  const port = await freePort();
  const { PATH = '', HOME = '/root' } = process.env;
  const begun = performance.now();
  const child = spawn('npm', ['start', '--silent', '--', '--port', String(port)], {
    ...{ cwd: clone, detached: true, stdio: ['ignore', 'pipe', 'pipe'] as const },
    env: { PATH, HOME, XDG_RUNTIME_DIR: memory(clone) },
  });
  running.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += String(chunk);
    });
  }
  try {
    await until('the demo is ready', () => /is ready/.test(said) || child.exitCode !== null, 60_000);
    if (child.exitCode !== null) throw new Error(`the demo ended: ${said}`);
    const readyMs = performance.now() - begun;
    const asks: Ask[] = [];
    for (let n = 0; n < ASKS; n += 1) asks.push(await askInDemo(`http://127.0.0.1:${port}`));
    return { readyMs, asks };
  } finally {
    await interrupt(child);
    rmSync(memory(clone), { recursive: true, force: true });
  }
};

const askInDemo = async (url: string): Promise<Ask> => {
  const slack = slackClient(url, ['/tcp'], new AbortController().signal);
  const told = async () => {
    const history = await slack.history('ops');
    if (!history.ok) throw new Error(history.fault.message);
    return history.value.filter((message) => message.user === BOT_USER);
  };
  const before = (await told()).length;
  const begun = performance.now();
  const said = slack.say('ana', 'ops', '/tcp verify web-*');
  await until('the bot says its first word', async () => (await told()).length > before);
  const firstWord = performance.now() - begun;
  const summary = async () => (await told())[before]?.text ?? '';
  await until('all but the hung host have answered', async () => {
    const [, done, all] = /(\d+) of (\d+) hosts answered/.exec(await summary()) ?? [];
    return all !== undefined && Number(done) === Number(all) - 1;
  });
  const answered = performance.now() - begun;
  const answer = await said;
  if (!answer.ok) throw new Error(answer.fault.message);
  await until('the run ends', async () => /hosts reached/.test(await summary()), 10_000);
  return { firstWord, answered };
};

/** A directory in memory, as a login session has one. */
const memory = (clone: string): string => {
  const directory = existsSync('/dev/shm') ? join('/dev/shm', basename(dirname(clone))) : join(clone, '../run');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
};

const running = new Set<ChildProcess>();

/** Ends what a broken-off measurement left. */
export const endDemos = async (): Promise<void> => {
  await Promise.all([...running].map(interrupt));
};

/** Ctrl-C reaches every process of the terminal's group. */
const interrupt = async (child: ChildProcess): Promise<void> => {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'close');
  process.kill(-child.pid, 'SIGINT');
  await gone;
};
