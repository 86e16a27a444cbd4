#!/usr/bin/env -S node --max-semi-space-size=4
// The option keeps the memory at rest down (docs/scale-out.md).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// In a clone the program is built at its first use; a published package brings its build along.
const built = new URL('../dist/main.js', import.meta.url);
if (!existsSync(built)) {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const build = spawnSync('npm', ['run', '--silent', 'build'], { cwd, stdio: ['ignore', 2, 2] });
  if (build.status !== 0) process.exit(2);
}
const { main } = await import(built.href);
await main();
