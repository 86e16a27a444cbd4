import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { redisConfig } from '../../../src/changes/redis-config/redis-config.js';
import { atEveryBoot, onFirstBoot, writtenFile } from '../../../src/changes/user-data.js';

const directory = mkdtempSync(join(tmpdir(), 'user-data-'));
afterAll(() => rmSync(directory, { recursive: true }));
const cloudConfig = z.strictObject({ bootcmd: z.array(z.array(z.string())) });

test('lines of several changes are YAML that cloud-init reads, whatever is in them', () => {
  const text = [
    writtenFile({ path: '/etc/motd', content: 'a: "b"\n# c', owner: 'root:root', permissions: '0644' }),
    onFirstBoot(['sysctl', '-w', 'a=1']),
    atEveryBoot(['true']),
  ].join('\n');
  expect(parse(text)).toEqual({
    write_files: [{ path: '/etc/motd', content: 'a: "b"\n# c', owner: 'root:root', permissions: '0644' }],
    runcmd: [['sysctl', '-w', 'a=1']],
    bootcmd: [['true']],
  });
});

test.each([
  ['port 6379\ntcp-keepalive 0\n', 'port 6379\ntcp-keepalive 60\n'],
  ['port 6379\n  tcp-keepalive\t300', 'port 6379\ntcp-keepalive 60'],
  ['port 6379\n', 'port 6379\ntcp-keepalive 60\n'],
  ['tcp-keepalive 60\n', 'tcp-keepalive 60\n'],
])('%j gets the line of a Redis at every boot, once', (before, after) => {
  const path = join(directory, "it's redis.conf");
  writeFileSync(path, before);
  const edit = {
    ...{ refusal: '', pid: 812, path, sha256: 'a'.repeat(64), mode: '640', owner: '999:999' },
    ...{ line: 3, text: 'tcp-keepalive 0', host: '127.0.0.1', port: 6379, tls: false, cert: '', key: '' },
    ...{ conf: '', password_file: '', user: '' },
  };
  const server = {
    ...{ name: 'a', keepalive: 0, boot_known: true, boot_keepalive: 0, boot_by: '', loopback_only: false },
    ...{ unprotected: 0, unprotected_peers: '', edit: JSON.stringify(edit) },
  };
  const planned = redisConfig.plan({ servers: 'redis', path: 'path', keepalive: 60 }, [
    { status: 'read', value: { instances: [server] }, evidence: [] },
    { status: 'read', value: { known: false, shortest_s: 0, first: '' }, evidence: [] },
  ]);
  const userData = planned.kind === 'steps' ? planned.steps[0]?.userData : undefined;
  const { bootcmd } = cloudConfig.parse(parse(userData ?? ''));
  for (const [program = '', ...args] of [...bootcmd, ...bootcmd]) expect(spawnSync(program, args).status).toBe(0);
  expect(readFileSync(path, 'utf8')).toBe(after);
});
