import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge, offeredAlgorithms } from '../../../../src/adapters/ssh/host-keys.js';
import { fingerprint, isAbout, knownName, parseKnownHosts } from '../../../../src/adapters/ssh/known-hosts.js';

const blob = (type: string, rest: string): Buffer => {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([length, name, Buffer.from([0, 0, 0, rest.length]), Buffer.from(rest)]);
};
const KEY = blob('ssh-ed25519', 'k'.repeat(32));
const OTHER = blob('ssh-ed25519', 'o'.repeat(32));
const line = (names: string, key = KEY, type = 'ssh-ed25519') => `${names} ${type} ${key.toString('base64')}\n`;
const hashed = (name: string, salt: Buffer): string =>
  `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
const about = (text: string, host: string, port = 22) =>
  parseKnownHosts('f', text).filter((entry) => isAbout(entry, knownName(host, port)));

describe('known_hosts', () => {
  it('knows a host by its name, in any case, and another port by its own', () => {
    expect(about(line('Web-1,10.0.0.1'), 'WEB-1')).toHaveLength(1);
    expect(about(line('web-1'), 'web-1', 2222)).toEqual([]);
    expect(about(line('[web-1]:2222'), 'web-1', 2222)).toHaveLength(1);
    expect(about(line('[web-1]:2222'), 'web-1')).toEqual([]);
    expect(about(line('web-1'), 'web-11')).toEqual([]);
  });

  it('follows wildcards, and a negation wins wherever it stands', () => {
    expect(about(line('web-*,!web-3'), 'web-2')).toHaveLength(1);
    expect(about(line('web-*,!web-3'), 'web-3')).toEqual([]);
    expect(about(line('!web-3,web-*'), 'web-3')).toEqual([]);
    expect(about(line('!web-3'), 'web-2')).toEqual([]);
    expect(about(line('web-?'), 'web-12')).toEqual([]);
  });

  it('leaves out comments, authorities, unknown marks and broken keys', () => {
    const text = [
      '# web-1 ssh-ed25519 AAAA',
      '',
      `@cert-authority ${line('web-1')}`,
      `@strange ${line('web-1')}`,
      'web-1 ssh-ed25519 ====',
      `web-1 ssh-rsa ${KEY.toString('base64')}`,
      'web-1 ssh-ed25519',
      `\t web-1\tssh-ed25519 ${KEY.toString('base64')} a comment\r`,
    ].join('\n');
    expect(about(text, 'web-1').map((entry) => entry.line)).toContain(10);
    expect(about(text, 'web-1')).toHaveLength(1);
  });

  it('judges: known, unknown, changed, revoked', () => {
    const entries = parseKnownHosts('f', `${line('a') + line('b', OTHER)}@revoked ${line('*', OTHER)}`);
    const of = (name: string) => entries.filter((entry) => isAbout(entry, name));
    expect(judge(of('a'), KEY).kind).toBe('known');
    expect(judge(of('a'), blob('ssh-ed25519', 'x'.repeat(32)))).toMatchObject({ kind: 'changed', entry: { line: 1 } });
    expect(judge(of('b'), OTHER)).toMatchObject({ kind: 'revoked', entry: { line: 3 } });
    expect(judge(of('c'), KEY).kind).toBe('unknown');
    expect(judge([], KEY).kind).toBe('unknown');
  });

  it('offers the algorithms of known types first', () => {
    const rsa = parseKnownHosts('f', line('a', blob('ssh-rsa', 'r'), 'ssh-rsa'));
    expect(offeredAlgorithms(rsa).slice(0, 3)).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa']);
    expect(offeredAlgorithms([])[0]).toBe('ssh-ed25519');
  });

  it('throws at nothing and matches nothing that it was not told', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const text = Buffer.from(bytes).toString('utf8');
        const noise = text.replaceAll('*', '').replaceAll('?', '');
        for (const entry of parseKnownHosts('f', `${text}\n${line(noise)}`)) {
          expect(isAbout(entry, 'a-name-that-noise-of-400-bytes-does-not-say')).toBe(false);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is linear enough for hostile patterns', () => {
    const started = Date.now();
    expect(about(line(`${'*a'.repeat(500)}b`), 'a'.repeat(255))).toEqual([]);
    expect(Date.now() - started).toBeLessThan(5_000);
  });
});

describe('known_hosts, as ssh-keygen reads it', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'runbolt-known-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const names = ['a', 'b', 'ab', 'web-1', 'web-12', 'WEB-1', '[a]:2222', '[web-1]:22', '10.0.0.1', '::1'];
  const pattern = fc.oneof(
    fc.constantFrom(...names, '*', '?', 'web-*', 'web-?', '!web-1', '!*', '[*]:2222', '*a*', '', '!'),
    fc.stringMatching(/^[!ab*?]{0,6}$/),
  );
  const plain = fc.array(pattern, { minLength: 1, maxLength: 4 }).map((items) => items.join(','));
  const salted = fc
    .tuple(fc.constantFrom(...names), fc.uint8Array({ minLength: 18, maxLength: 21 }))
    .map(([name, salt]) => hashed(name.toLowerCase(), Buffer.from(salt)));
  const mark = fc.constantFrom('', '', '', '@revoked ', '  ', '\t', '#');
  const entry = fc.tuple(mark, fc.oneof(plain, salted)).map(([before, after]) => `${before}${line(after)}`);

  it('finds the same lines for the same names', { timeout: 120_000 }, () => {
    let found = 0;
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), fc.constantFrom(...names), (lines, name) => {
        const file = join(directory, 'file');
        writeFileSync(file, lines.join(''));
        const asked = name.toLowerCase();
        const ours = parseKnownHosts(file, lines.join(''))
          .filter((one) => isAbout(one, asked))
          .map((one) => one.line);
        const theirs = keygen(asked, file);
        found += theirs.length;
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 250 },
    );
    expect(found).toBeGreaterThan(50);
  });

  it('prints the same fingerprint', () => {
    const key = join(directory, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const [text] = [execFileSync('ssh-keygen', ['-lf', key], { encoding: 'utf8' })];
    const published = execFileSync('ssh-keygen', ['-yf', key], { encoding: 'utf8' }).split(' ')[1] ?? '';
    expect(fingerprint(Buffer.from(published, 'base64'))).toBe(text.split(' ')[1]);
  });

  const keygen = (name: string, file: string): number[] => {
    try {
      const out = execFileSync('ssh-keygen', ['-F', name, '-f', file], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return [...out.matchAll(/^# Host .* found: line (\d+)/gm)].map((match) => Number(match[1]));
    } catch {
      return [];
    }
  };
});
