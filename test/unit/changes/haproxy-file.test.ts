import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HAPROXY_BACKENDS_SCRIPTS } from '../../../src/changes/haproxy-backends/scripts.js';

/** What the host's side makes of a file by a recipe. */
const rendered = (content: string, recipe: string): string => {
  const directory = mkdtempSync(join(tmpdir(), 'runbolt-file-'));
  const file = join(directory, 'haproxy.cfg');
  writeFileSync(file, content);
  const script = HAPROXY_BACKENDS_SCRIPTS.apply.replace(/\nmain\n$/, '\nrender\n');
  const env = { PATH: process.env.PATH, FILE: file, RECIPE: recipe, BACKUP: directory };
  const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8', env, timeout: 20_000 });
  rmSync(directory, { recursive: true });
  return stdout;
};

describe('a new line in the file', () => {
  it('stands on its own behind a last line without its end, which versions before 2.3 take', () => {
    expect(rendered('backend app\n server a 10.0.0.1:80', 'keep 1 2\ntext  server b 10.0.0.2:80\nkeep 3 $')).toBe(
      'backend app\n server a 10.0.0.1:80\n server b 10.0.0.2:80\n',
    );
  });

  it('leaves every other byte, line ends of another kind and a last line without its end too', () => {
    const text = 'backend app\r\n server a 10.0.0.1:80 # \xe9\r\n\r\nlisten x';
    expect(rendered(text, 'keep 1 2\ntext  server b 10.0.0.2:80\nkeep 3 $')).toBe(
      text.replace('\r\n\r\n', '\r\n server b 10.0.0.2:80\n\r\n'),
    );
  });
});
