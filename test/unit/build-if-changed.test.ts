import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

describe('npm start', () => {
  let clone: string;
  const inClone = (path: string) => join(clone, path);
  const start = () => execFileSync('sh', [inClone('scripts/build-if-changed.sh')], { stdio: 'pipe' });
  const builds = () => readFileSync(inClone('builds'), 'utf8').length;

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'runbolt-build-'));
    for (const directory of ['scripts', 'src', 'dist']) mkdirSync(inClone(directory));
    copyFileSync('scripts/build-if-changed.sh', inClone('scripts/build-if-changed.sh'));
    writeFileSync(inClone('scripts/renew-ledger-template.js'), 'require("fs").mkdirSync("dist/ledger-template")');
    const build = 'printf . >> builds; touch dist/.tsbuildinfo';
    writeFileSync(inClone('package.json'), JSON.stringify({ scripts: { build } }));
    for (const file of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'src/main.ts'])
      writeFileSync(inClone(file), '');
    start();
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  it('builds in a new clone, with the template of a ledger, and not again without a change', () => {
    expect(builds()).toBe(1);
    expect(existsSync(inClone('dist/ledger-template'))).toBe(true);
    start();
    expect(builds()).toBe(1);
  });

  it.each(['src/main.ts', 'package-lock.json', 'tsconfig.json'])('builds again once %s is newer', (file) => {
    const later = new Date(Date.now() + 5_000);
    utimesSync(inClone(file), later, later);
    start();
    expect(builds()).toBe(2);
  });

  it('builds again once a source is gone', () => {
    rmSync(inClone('src/main.ts'));
    const later = new Date(Date.now() + 5_000);
    utimesSync(inClone('src'), later, later);
    start();
    expect(builds()).toBe(2);
  });

  it('makes the template of a ledger anew where it is lacking', () => {
    rmSync(inClone('dist/ledger-template'), { recursive: true });
    start();
    expect([builds(), existsSync(inClone('dist/ledger-template'))]).toEqual([1, true]);
  });
});
