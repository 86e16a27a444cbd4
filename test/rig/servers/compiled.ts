import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../../..');

/** JavaScript of some of our sources, for child processes: they run without a TypeScript loader. */
export interface Compiled {
  /** Directory that mirrors `src`. */
  readonly dir: string;
  remove(): void;
}

/** Compiles the given files of `src` and all that they import into a new directory from which packages are found. */
export const compile = async (...files: readonly string[]): Promise<Compiled> => {
  const cache = join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, 'runbolt-test-'));
  const config = {
    extends: join(ROOT, 'tsconfig.build.json'),
    compilerOptions: { rootDir: join(ROOT, 'src'), outDir: dir, incremental: false, tsBuildInfoFile: null },
    include: [],
    files: files.map((file) => join(ROOT, 'src', file)),
  };
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  try {
    await promisify(execFile)(join(ROOT, 'node_modules/.bin/tsc'), ['-p', join(dir, 'tsconfig.json')], { cwd: ROOT });
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
    throw new Error(`The sources do not compile:\n${said.slice(0, 2_000)}`);
  }
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
};
