// Builds when a source is newer than the last build: a start without changes need not wait for npm and the compiler.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const BUILT = 'dist/.tsbuildinfo';
const changedAt = (path) => statSync(root + path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const sources = readdirSync(`${root}src`, { recursive: true }).map((name) => `src/${name}`);
const all = ['src', ...sources, 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
if (Math.max(...all.map(changedAt)) > changedAt(BUILT)) {
  const begun = new Date();
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (built.status !== 0) process.exit(2);
  utimesSync(root + BUILT, begun, begun);
}
