import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the package as npm would publish it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'runbolt-package-'));
  const installed = join(directory, 'node_modules', 'runbolt');

  beforeAll(() => {
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', directory], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(packed.length).toBeGreaterThan(0);
    const [archive = ''] = readdirSync(directory).filter((name) => name.endsWith('.tgz'));
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', join(directory, archive), '-C', installed, '--strip-components=1']);
    for (const name of readdirSync(join(ROOT, 'node_modules')).filter((n) => !n.startsWith('.'))) {
      symlinkSync(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name));
    }
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const runbolt = (...args: string[]) =>
    execFileSync(process.execPath, [join(installed, 'bin', 'runbolt.js'), ...args], {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  it('brings the program and its runbooks along', () => {
    expect(runbolt('--version').trim()).toMatch(/^\d+\.\d+\.\d+$/);
    expect(() => runbolt('lint')).not.toThrow();
    expect(JSON.parse(runbolt('manifest')).features.slash_commands).toContainEqual(
      expect.objectContaining({ command: '/tcp', should_escape: true }),
    );
  });

  it('runs by its name, with a small young generation', () => {
    const link = join(directory, 'runbolt');
    symlinkSync(join(installed, 'bin', 'runbolt.js'), link);
    const { PATH = '' } = process.env;
    const NODE_OPTIONS = '--import data:text/javascript,console.log(process.execArgv.join())';
    const said = execFileSync(link, ['--version'], { encoding: 'utf8', env: { PATH, NODE_OPTIONS } });
    expect(said).toMatch(/^--max-semi-space-size=4\n\d+\.\d+\.\d+\n$/);
  });

  it('brings no tests, sources or notes of its makers', () => {
    const brought = ['LICENSE', 'README.md', 'bin', 'dist', 'docs', 'package.json', 'runbooks'];
    expect(readdirSync(installed).sort()).toEqual(brought);
  });
});
