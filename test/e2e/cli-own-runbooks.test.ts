import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { runbolt } from '../rig/bot/bot.js';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const shipped = readdirSync(join(REPOSITORY, 'runbooks')).filter((name) => name.endsWith('.yaml'));

describe('runbooks of the team’s own', { timeout: 180_000 }, () => {
  let dir: string;
  const cli = (...args: readonly string[]) => runbolt(args, { cwd: dir, env: { RUNBOLT_DATA: join(dir, 'data') } });
  const file = (name: string, text: string) => writeFileSync(join(dir, name), text);
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'runbolt-own-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('new writes a start that lint has nothing to say of, and never writes over one', async () => {
    const made = await cli('new', 'web_base');
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toContain('Wrote web_base.yaml. Next:\n  runbolt lint web_base.yaml');
    expect(await cli('lint', 'web_base.yaml')).toEqual({ code: 0, out: '', err: '1 runbook, no mistakes\n' });
    const text = readFileSync(join(dir, 'web_base.yaml'), 'utf8');
    const again = await cli('new', 'web_base');
    expect(again).toMatchObject({ code: 2 });
    expect(again.err).toContain('web_base.yaml is there already.');
    expect(readFileSync(join(dir, 'web_base.yaml'), 'utf8')).toBe(text);
  });

  it.each(['tcp', 'runs', 'Web', '../up', 'a b', '', 'help'])('new refuses the name `%s`', async (name) => {
    const before = readdirSync(dir);
    const done = await cli('new', name);
    expect(done).toMatchObject({ code: 2, out: '' });
    expect(done.err).toMatch(/There is a runbook `tcp` already|cannot be the name of a runbook/);
    expect(readdirSync(dir)).toEqual(before);
  });

  it('new writes into the directory that the configuration names', async () => {
    mkdirSync(join(dir, 'books'));
    file('configured.yaml', 'runbooks: books\ntargets: { web-1: {} }\n');
    const done = await cli('new', 'mine', '--config', 'configured.yaml');
    expect(done.out).toContain('Wrote books/mine.yaml.');
    expect(await cli('lint', '--config', 'configured.yaml')).toMatchObject({ code: 0, out: '' });
    rmSync(join(dir, 'books/mine.yaml'));
    file('configured.yaml', 'runbooks: nowhere\ntargets: { web-1: {} }\n');
    expect((await cli('new', 'mine', '--config', 'configured.yaml')).err).toContain('There is no directory nowhere.');
  });

  it('lint tells mistakes and warnings apart, as file:line:column with the nearest right word', async () => {
    await cli('new', 'broken');
    const text = readFileSync(join(dir, 'broken.yaml'), 'utf8');
    const with_ = (name: string, from: string | RegExp, to: string) => {
      expect(text).toMatch(from);
      file(
        name,
        text.replace(from, () => to),
      );
    };
    with_('1.yaml', 'sysctl: net.core.somaxconn', 'sysctrl: net.core.somaxconn');
    with_('2.yaml', 'backlog.running)', 'backlog.runing)');
    with_('3.yaml', 'command: broken', 'command: tcp');
    with_('4.yaml', 'file: { path: /etc/motd, line', 'file: { path: etc/motd, line');
    with_(
      '5.yaml',
      /file: \{ path: \/etc\/motd, line.*/,
      'script: { title: x, apply: "touch /etc/x", verify: "[ -e /etc/x ]" }',
    );
    with_(
      '6.yaml',
      /file: \{ path: \/etc\/motd, line.*/,
      'script: { title: x, apply: "touch /etc/x", verify: "[ -e /etc/x ]", revert: "true" }',
    );
    with_('7.yaml', 'min: 128, max: 65535, ', '');
    with_(
      '8.yaml',
      'managed: {',
      'script: { script: { fields: { n: integer }, run: "echo n=1\\nif\\n" } }\n  managed: {',
    );
    with_('9.yaml', 'motd: { file:', 'spare: { file: /etc/issue }\n  motd: { file:');
    const told = async (...names: readonly string[]) => {
      const { code, out, err } = await cli('lint', ...names);
      return { code, out, err };
    };
    const several = await told('1.yaml', '2.yaml', '4.yaml', '5.yaml', '6.yaml', '7.yaml');
    expect(several).toMatchObject({ code: 2, err: '7 mistakes\n' });
    for (const line of [
      /^1\.yaml:10:14 There is no fact `sysctrl`\. Did you mean `sysctl`\?$/m,
      /^2\.yaml:17:25 No such key: runing\. Did you mean `running`\?$/m,
      /^4\.yaml:\d+:\d+ `changes\.motd\.file\.path`: A path is written from the root on/m,
      /^5\.yaml:\d+:\d+ `changes\.motd\.script\.revert`: is missing\.$/m,
      /^6\.yaml:\d+:\d+ `changes\.motd\.script\.revert`: does nothing/m,
      /^7\.yaml:7:\d+ `params\.backlog\.min`: is missing\.$/m,
      /^7\.yaml:7:\d+ `params\.backlog\.max`: is missing\.$/m,
    ])
      expect(several.out).toMatch(line);
    expect((await told('3.yaml')).out).toMatch(
      /^3\.yaml:2:10 `tcp` is the command of \S*tcp\.yaml already; choose another\.$/m,
    );
    expect((await told('8.yaml')).out).toMatch(/^8\.yaml:1\d:\d+ The shell cannot read this: /m);
    expect(await told('9.yaml')).toEqual({
      code: 0,
      out: '9.yaml:11:3 warning: `spare` is gathered from every host, and nothing uses it.\n',
      err: '1 runbook, no mistakes, 1 warning\n',
    });
  });

  it('the schema for editors knows every fact and change with its arguments, and takes every runbook there is', async () => {
    const schema = JSON.parse((await cli('schema', 'runbook')).out);
    const facts = schema.properties.facts.additionalProperties.properties;
    expect(Object.keys(facts)).toEqual(expect.arrayContaining(['sysctl', 'file', 'script', 'management']));
    expect(facts.file).toMatchObject({ description: expect.stringContaining('file') });
    const changes = schema.properties.changes.additionalProperties.properties;
    expect(changes.script).toMatchObject({ required: ['title', 'apply', 'verify', 'revert'] });
    await cli('new', 'schemed');
    expect(JSON.parse(readFileSync(join(dir, 'runbook.schema.json'), 'utf8'))).toEqual(schema);

    const published = z.fromJSONSchema(schema);
    const files = [
      ...shipped.map((name) => join(REPOSITORY, 'runbooks', name)),
      join(REPOSITORY, 'docs/examples/baseline.yaml'),
    ];
    for (const path of [...files, join(dir, 'schemed.yaml')])
      expect(published.safeParse(parse(readFileSync(path, 'utf8'))).error?.issues, path).toBeUndefined();
    const wrong = parse(readFileSync(join(dir, 'schemed.yaml'), 'utf8'));
    expect(published.safeParse({ ...wrong, facts: { a: { sysctl: 'one two' } } }).success).toBe(false);
    expect(published.safeParse({ ...wrong, facts: { a: { listener: { port: 'http' } } } }).success).toBe(false);
    expect(published.safeParse({ ...wrong, facts: { a: { listener: { port: '{params.backlog}' } } } }).success).toBe(
      true,
    );
    expect(published.safeParse({ ...wrong, changes: { a: { when: 'x', file: { pth: '/etc/x' } } } }).success).toBe(
      false,
    );
  });
});
