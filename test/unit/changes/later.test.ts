import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FILE_SCRIPTS } from '../../../src/changes/file/scripts.js';
import { HAPROXY_BACKENDS_SCRIPTS } from '../../../src/changes/haproxy-backends/scripts.js';
import { LATER } from '../../../src/changes/later.js';
import { REDIS_CONFIG_SCRIPTS } from '../../../src/changes/redis-config/scripts.js';
import { staleSysctlChange } from '../../../src/changes/stale-sysctl.js';
import { SYSCTL_SCRIPTS } from '../../../src/changes/sysctl/scripts.js';
import { exports } from '../../../src/core/script.js';

const SUM = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
/** Steps of later attempts on a host, by the run. */
const STEPS: Readonly<Record<string, { env: Record<string, string>; files?: Record<string, string> }>> = {
  dropin: { env: { DROPIN: '/etc/d', DROPIN_AFTER: SUM, KEY: 'net.a', VALUE: '1', SET_RUNNING: '1' } },
  edits: { env: { EDITS: '/etc/conf\tx\t1\tm' }, files: { 'backup/edit.1.after': `${SUM}\n` } },
  written: { env: { FILE: '/etc/f', DEED: 'write', AFTER: SUM, MODE: '0644', OWNER: 'root', GROUP: 'adm' } },
  removed: { env: { FILE: '/etc/gone', DEED: 'remove', AFTER: '' } },
  server: {
    env: { FILE: '/etc/redis.conf', HOST: '::1', PORT: '6379', VALUE: '60' },
    files: { 'backup/after': `${SUM}\n` },
  },
  seen: { env: { SEEN: `${OTHER} /etc/conf`, BEFORE: OTHER, FILE: '/etc/else', AFTER: '' } },
};

describe('what stands on a host otherwise than a change left it', () => {
  let root: string;
  let later: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'runbolt-later-'));
    const directories = Object.entries(STEPS).map(([run, { env, files = {} }]) => {
      const step = join(root, `${run}-web-1`, '1');
      for (const [name, text] of Object.entries({ ...files, env: exports(env) })) {
        mkdirSync(dirname(join(step, name)), { recursive: true });
        writeFileSync(join(step, name), text);
      }
      return step;
    });
    later = directories.join('\n');
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** Whose it is, by the first change's own environment beside it. */
  const whose = (...test: readonly string[]) => {
    const env = {
      PATH: process.env.PATH,
      LATER: later,
      FILE: '/etc/f',
      AFTER: SUM,
      KEY: 'net.b',
      VALUE: '0',
      SET_RUNNING: '1',
    };
    return execFileSync('sh', ['-c', `${LATER}\nchanged_since it "$@"`, 'sh', ...test], { env, encoding: 'utf8' });
  };

  it.each([
    ['dropin', 'left_content', '/etc/d', SUM],
    ['dropin', 'left_value', 'net.a', '1'],
    ['edits', 'left_content', '/etc/conf', SUM],
    ['written', 'left_content', '/etc/f', SUM],
    ['written', 'left_meta', '/etc/f', '0644 root adm'],
    ['removed', 'left_content', '/etc/gone', 'absent'],
    ['server', 'left_content', '/etc/redis.conf', SUM],
    ['server', 'left_keepalive', '::1:6379', '60'],
  ])('is of the run %s, by %s %s', (run, ...test) => {
    expect(whose(...test)).toBe(
      `it: a later change of Runbolt's (run ${run}) is in it: take that back first; nothing is reverted.\n`,
    );
  });

  it.each([
    ['left_content', '/etc/conf', OTHER],
    ['left_content', '/etc/elsewhere', SUM],
    ['left_content', '/etc/f', 'absent'],
    ['left_value', 'net.a', '0'],
    ['left_value', 'net.b', '0'],
    ['left_meta', '/etc/f', '0600 root adm'],
    ['left_keepalive', '::1:6380', '60'],
  ])('is somebody else’s where no later change left it: %s %s %s', (...test) => {
    expect(whose(...test)).toBe('it was changed by somebody else since; nothing is reverted.\n');
  });

  it.each(
    Object.entries({
      sysctl: SYSCTL_SCRIPTS,
      file: FILE_SCRIPTS,
      haproxy_backends: HAPROXY_BACKENDS_SCRIPTS,
      redis_config: REDIS_CONFIG_SCRIPTS,
      stale_sysctl: staleSysctlChange.scripts,
    }),
  )('is asked of later changes by %s in all its words', (_, { revert }) => {
    expect(revert.replace(LATER, '')).toContain('left_content');
    expect(revert.replace(LATER, '')).not.toContain('somebody else');
  });
});
