// Builds when a source is newer than the last build: a start without changes need not wait for npm and the compiler.
// With the build comes a ledger whose tables are made, which every demo begins with.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const BUILT = 'dist/.tsbuildinfo';
const changedAt = (path) => statSync(root + path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const run = (program, ...args) => {
  const ended = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (ended.status !== 0) process.exit(2);
};

const sources = readdirSync(`${root}src`, { recursive: true }).map((name) => `src/${name}`);
const all = ['src', ...sources, 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const changed = Math.max(...all.map(changedAt)) > changedAt(BUILT);
if (changed) {
  const begun = new Date();
  run('npm', 'run', '--silent', 'build');
  utimesSync(root + BUILT, begun, begun);
}
if (changed || !existsSync(`${root}dist/ledger-template`)) run(process.execPath, 'scripts/renew-ledger-template.js');
