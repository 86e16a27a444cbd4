import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix } from 'node:path';
import { readDockerfile, type Stage } from './dockerfile.js';

/** A directory as the root of a container, in which the machine's own /usr stands for the base image's. */
export interface Image {
  readonly root: string;
  readonly stage: Stage;
  remove(): void;
}

/** The users that the images of the compose file have, each with its number there. */
const USERS = { root: [0, 0], node: [1000, 1000], ops: [1000, 1000], postgres: [70, 70], redis: [999, 1000] } as const;

/** A root without anything of an image. */
export const emptyRoot = (prefix: string, user: keyof typeof USERS): string => {
  const root = mkdtempSync(join(tmpdir(), `runbolt-image-${prefix}-`));
  execFileSync('chmod', ['755', root]);
  for (const name of ['usr', 'etc', 'proc', 'dev', 'tmp', 'run', 'var/lib', 'var/run', 'local/bin'])
    mkdirSync(join(root, name), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  const [uid, gid] = USERS[user];
  const [line, group] = [`${user}:x:${uid}:${gid}::/tmp:/bin/sh`, `${user}:x:${gid}:`];
  writeFileSync(join(root, 'etc/passwd'), `root:x:0:0::/root:/bin/sh\nsshd:x:100:65534::/run:/bin/false\n${line}\n`);
  writeFileSync(join(root, 'etc/group'), `root:x:0:\n${group}\n`);
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files\n');
  for (const name of ['ld.so.cache', 'services', 'protocols'])
    if (existsSync(`/etc/${name}`)) cpSync(`/etc/${name}`, join(root, 'etc', name));
  symlinkSync(process.execPath, join(root, 'local/bin/node'));
  return root;
};

/** Runs a command in the root as a build does: as root, with what it writes kept. */
const inRoot = (root: string, command: string): void => {
  const script = `mount --make-rprivate / && mount --bind "$0" "$0" && mount --bind /usr "$0/usr" &&
    mount --bind "$0/local" "$0/usr/local" && exec chroot "$0" sh -c "$1"`;
  execFileSync('unshare', ['-m', '-n', 'sh', '-c', script, root, command], { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** Carries out COPY as docker does. */
const copy = (text: string, stages: ReadonlyMap<string, string>, context: string, into: string, cwd: string): void => {
  const words = text.split(/\s+/);
  const [, from] = /^--from=(\S+)$/.exec(words[0] ?? '') ?? [];
  const sources = words.slice(from === undefined ? 0 : 1, -1);
  const to = words.at(-1) ?? '';
  const source = from === undefined ? context : stages.get(from);
  if (source === undefined) throw new Error(`there is no stage ${from}`);
  // The machine's /usr lies over the image's: what the image puts into /usr/local is kept beside it.
  const place = join(into, posix.resolve(cwd, to).replace(/^\/usr\/local\//, '/local/'));
  for (const name of sources) {
    const path = join(source, name);
    const directory = statSync(path).isDirectory();
    const at = directory || !(to.endsWith('/') || sources.length > 1) ? place : join(place, basename(name));
    mkdirSync(dirname(at), { recursive: true });
    if (directory) mkdirSync(at, { recursive: true });
    execFileSync('cp', ['-a', ...(directory ? [`${path}/.`] : [path]), at]);
  }
};

/**
 * Builds the last stage of a Dockerfile from a context: each COPY, and each RUN without a network. `instead` may stand in
 * for a RUN that needs one.
 */
export const buildImage = (
  prefix: string,
  dockerfile: string,
  context: string,
  user: keyof typeof USERS,
  instead: (command: string, directory: string) => boolean,
): Image => {
  const all = readDockerfile(readFileSync(dockerfile, 'utf8'));
  const roots = new Map<string, string>();
  const made: string[] = [];
  try {
    for (const [index, stage] of all.entries()) {
      const root = emptyRoot(prefix, user);
      made.push(root);
      roots.set(stage.name ?? String(index), root);
      const last = index === all.length - 1;
      let cwd = '/';
      for (const { instruction, text } of stage.steps) {
        if (instruction === 'WORKDIR') {
          cwd = text;
          mkdirSync(join(root, cwd), { recursive: true });
        }
        if (instruction === 'COPY') copy(text, roots, context, root, cwd);
        if (instruction === 'RUN' && !instead(text, join(root, cwd))) {
          if (last) inRoot(root, text);
          else
            execFileSync('unshare', ['-n', 'sh', '-c', text], {
              cwd: join(root, cwd),
              stdio: ['ignore', 'ignore', 'pipe'],
            });
        }
      }
    }
  } catch (error) {
    for (const root of made) rmSync(root, { recursive: true, force: true });
    throw error;
  }
  const root = made.pop() ?? '';
  for (const other of made) rmSync(other, { recursive: true, force: true });
  const stage = all.at(-1);
  if (!stage) throw new Error(`${dockerfile} has no stage`);
  return { root, stage, remove: () => rmSync(root, { recursive: true, force: true }) };
};
