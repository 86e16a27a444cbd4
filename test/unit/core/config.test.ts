import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/core/config.js';

const mistakes = (text: string): readonly string[] => {
  const config = readConfig('runbolt.yaml', text, 'ops');
  return config.ok ? [] : config.fault.next.split('\n');
};

describe('runbolt.yaml', () => {
  it('may be empty', () => {
    expect(readConfig('runbolt.yaml', '', 'ops')).toMatchObject({ ok: true, value: { targets: [], policies: [] } });
  });

  it('gives a target its name as host, port 22, and the user who runs Runbolt', () => {
    const config = readConfig('f', 'targets: { web-1: {} }', 'ops');
    expect(config.ok && config.value.targets).toEqual([
      { name: 'web-1', transport: 'ssh', host: 'web-1', port: 22, user: 'ops', become: 'none', labels: {} },
    ]);
  });

  it('knows a target in AWS by instance, region and profile, and sends by the document that ships with AWS', () => {
    const at = 'instance: mi-0123456789abcdef0, region: eu-west-1, profile: prod';
    const config = readConfig('f', `targets: { web-9: { transport: ssm, ${at} } }`, 'ops');
    expect(config.ok && config.value.targets[0]).toMatchObject({
      transport: 'ssm',
      aws: { instance: 'mi-0123456789abcdef0', region: 'eu-west-1', profile: 'prod' },
    });
    expect(config.ok && config.value.aws).toEqual({ document: 'AWS-RunShellScript' });
    const more = readConfig('f', 'aws: { document: Own, output_bucket: my-bucket }', 'ops');
    expect(more.ok && more.value.aws).toEqual({ document: 'Own', output: { bucket: 'my-bucket', prefix: 'runbolt' } });
  });

  it('reads durations as milliseconds', () => {
    const config = readConfig('f', 'limits: { gather: 2s, apply: 2m }', 'ops');
    expect(config.ok && config.value.limits).toEqual({ gatherMs: 2_000, applyMs: 120_000 });
  });

  it('asks for one approval unless told otherwise, never by the requester, for half an hour', () => {
    const config = readConfig('f', 'policies: [{ where: env=prod, approvers: [S0SRE] }]', 'ops');
    expect(config.ok && config.value.policies[0]).toMatchObject({
      approvals: 1,
      approvers: ['S0SRE'],
      selfApproval: false,
      expiresMs: 1_800_000,
    });
  });

  it.each([
    ['tagets: {}', '1:1 `tagets` is not known here. Did you mean `targets`?'],
    ['targets:\n  web-1: { prot: 22 }', '2:12 `prot` is not known here. Did you mean `port`?'],
    ['targets:\n  web-1: { port: 70000 }', '2:18 `targets.web-1.port`: must be at most 65535.'],
    ['targets:\n  web-1: { port: "22" }', '2:19 `targets.web-1.port`: must be a number.'],
    ['targets: { web-1: { labels: { az: 1 } } }', '1:35 `targets.web-1.labels.az`: must be text; write it in quotes.'],
    ['targets: { "we b": {} }', '1:12 `targets.we b`: must not be named so: must be a host name.'],
    [
      'targets:\n  w: { transport: ssm, region: eu-west-1 }',
      '2:3 `targets.w.instance`: is missing; `transport: ssm` needs an',
    ],
    ['targets:\n  w: { transport: ssm, instance: i-0123456789abcdef0 }', '2:3 `targets.w.region`: is missing'],
    ['targets:\n  w: { region: eu-west-1 }', '2:3 `targets.w.instance`: is missing; `region` or `profile` needs an ID'],
    ['targets:\n  w: { instance: web-9 }', '2:18 `targets.w.instance`: must be the ID of an instance, i-… or mi-….'],
    ['targets:\n  w: { region: Ireland }', '2:16 `targets.w.region`: must be an AWS region such as eu-west-1.'],
    ['targets:\n  w: { transport: ssn }', '2:19 `targets.w.transport`: must be one of ssh, ssm, local.'],
    ['aws: { bucket: x }', '1:8 `bucket` is not known here. Known: document, output_bucket, output_prefix.'],
    ['aws: { output_prefix: x }', 'is for `output_bucket`, which is not set'],
    ['targets: [web-1]', '1:10 `targets`: must be a mapping (key: value).'],
    ['limits: { gather: 10 }', '1:19 `limits.gather`: must be a duration such as 500ms, 10s, 30m or 2h.'],
    ['limits: { gather: 999h }', '1:19 `limits.gather`: must be between 1 s and 300 s.'],
    ['policies: [{ where: "web-[3-1]", approvers: [U1BO] }]', '1:22 The selector `web-[3-1]` has a range'],
    ['policies: [{ where: "@edge", approvers: [U1BO] }]', '1:22 There is no group `@edge`.'],
    ['policies: [{ where: a, approvers: [bo] }]', '1:36 `policies.0.approvers.0`: must be the ID of a Slack user'],
    ['policies: [{ where: a, approvers: ["cli:bo"] }]', '1:37 `policies.0.approvers.0`: must be the ID of a Slack'],
    ['policies: [{ where: a }]', 'must name who can give it'],
    ['groups: { a: "@b", b: "@a" }', '1:15 The group `@b` contains itself.'],
    ['a: b: c', '1:4 A text with `: ` in it stands in quotes'],
    ['targets:\n\t- x', '2:1 Tabs are not allowed'],
    ['ssh: *nope', '1:6 There is no anchor `&nope`'],
    ['? [a]\n: b', 'A key must be one plain word.'],
    ['['.repeat(100_000), '1:100 is nested more than 100 levels deep.'],
    ['{a: '.repeat(50_000), 'is nested more than 100 levels deep.'],
    ['- '.repeat(50_000), 'is nested more than 100 levels deep.'],
    ['x'.repeat(4_000_001), '1:1 is longer than 4,000,000 characters.'],
  ])('with a mistake is refused with its place: %.40s', (text, expected) => {
    expect(mistakes(text).join('\n')).toContain(expected);
  });

  it('names at most thirty mistakes and counts the others', () => {
    const many = mistakes(Array.from({ length: 50 }, (_, i) => `k${i}: 1`).join('\n'));
    expect(many).toHaveLength(30);
    expect(many.at(-1)).toContain('(and 20 more mistakes)');
  });

  it('is read whatever the text, and every mistake has a place', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'targets:',
        'policies:',
        '- where: ',
        ' {',
        '}',
        '[',
        ']',
        '\n',
        '  ',
        '&a ',
        '*a',
        '<<: ',
        '? ',
        ': ',
        '"',
        "'",
        '|',
        '!!x ',
        'web-1:',
        'port: 1',
        '---\n',
        '#',
        '%',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        for (const line of mistakes(pieces.join(''))) expect(line).toMatch(/^runbolt\.yaml:\d+:\d+ \S/);
      }),
      { numRuns: 3000 },
    );
  });
});
