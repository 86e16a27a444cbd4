import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnsibleData } from '../../../../src/adapters/inventories/ansible-data.js';
import { readAnsibleIni } from '../../../../src/adapters/inventories/ansible-ini.js';
import { readAnsibleJson } from '../../../../src/adapters/inventories/ansible-json.js';
import { expandPattern } from '../../../../src/adapters/inventories/ansible-names.js';
import { ansibleTarget } from '../../../../src/adapters/inventories/ansible-target.js';
import { NOTHING_BESIDE, resolveHosts } from '../../../../src/adapters/inventories/ansible-variables.js';
import { readAnsibleYaml } from '../../../../src/adapters/inventories/ansible-yaml.js';
import { labelsOf } from '../../../../src/adapters/inventories/aws-labels.js';
import { namesOf } from '../../../../src/adapters/inventories/aws-names.js';
import { parseJump } from '../../../../src/adapters/inventories/jump.js';
import { words } from '../../../../src/adapters/inventories/shell-words.js';
import { evaluate } from '../../../../src/adapters/inventories/ssh-config-evaluate.js';
import { readSshConfig } from '../../../../src/adapters/inventories/ssh-config-read.js';
import { readHostKeys } from '../../../../src/adapters/ssh/index.js';
import { hostAddress, hostName, labelName, labelValue, userName } from '../../../../src/core/label.js';

const DEFAULTS = { user: 'ops', labels: {}, variables: ['env'], directory: '/x', home: '/root' };

/** Pieces of the formats and of attacks, put together at random, and any text between them. */
const text = (pieces: readonly string[]) =>
  fc
    .array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, { weight: 1, arbitrary: fc.string() }), {
      maxLength: 40,
    })
    .map((parts) => parts.join(''));

/** Whatever came in: a mistake has its place, and what became a target is dialled as it stands and nothing else. */
const hold = (data: AnsibleData) => {
  const hosts = resolveHosts(data, NOTHING_BESIDE);
  const found = hosts.flatMap((host) => ansibleTarget(host, DEFAULTS, data.mistakes) ?? []);
  for (const { at } of data.mistakes) expect(at).toMatch(/^(hosts:\d+(:\d+)?|print( .*)?)$/s);
  for (const { target, place } of found) {
    expect(place).toMatch(/^(hosts:\d+|print )/);
    for (const [grammar, value] of [
      [hostName, target.name],
      [hostAddress, target.host],
      [userName, target.user],
    ] as const)
      expect(grammar.safeParse(value).success, value).toBe(true);
    expect(target.port).toBeGreaterThan(0);
    expect(target.port).toBeLessThan(65_536);
    for (const [name, value] of Object.entries(target.labels)) {
      expect(labelName.safeParse(name).success, name).toBe(true);
      expect(labelValue.safeParse(value).success, value).toBe(true);
    }
  }
};

const INI = [
  ...[
    '[',
    ']',
    ':vars]',
    ':children]',
    '\n',
    '\n',
    '\n',
    ' ',
    '=',
    '#',
    ';',
    '"',
    "'",
    '\\',
    '\r\n',
    '[a]\n',
    '[b:children]\n',
  ],
  ...[
    '[a:vars]\n',
    'a',
    'b',
    'web-1',
    'web-[1:3]',
    '[a:f]',
    '[9:1]',
    ':22',
    ':0',
    ':99999',
    '::1',
    'ansible_host',
    '=10.0.0.1',
  ],
  ...[
    'ansible_port=',
    'ansible_user=',
    'ansible_become=',
    'ansible_ssh_common_args=',
    '-J ',
    '{{ x }}',
    '$(id)',
    '-oProxyCommand=x',
  ],
  ...['env=prod', 'yes', '\u0000', '\u202e', '__proto__', 'constructor', '[1:999999999]', '../../etc/passwd'],
];
const YAML = [
  ...[
    'all:',
    'hosts:',
    'children:',
    'vars:',
    '\n',
    '\n',
    '\n  ',
    '\n    ',
    '\n      ',
    ' ',
    'a:',
    'b:',
    'web-1:',
    'web-[1:3]:',
  ],
  ...[
    'ansible_host: ',
    '10.0.0.1',
    '!vault |',
    '!unsafe x',
    '{',
    '}',
    '[',
    ']',
    ',',
    '&x ',
    '*x',
    '<<: *x',
    '- ',
    '"',
    "'",
    'null',
  ],
  ...[
    'ansible_port: 22',
    'ansible_port: [1]',
    '{{ x }}',
    '__proto__: 1',
    'constructor:',
    '---',
    '? ',
    ': ',
    '|',
    '>',
    '\t',
  ],
];

describe('whatever an inventory says, there is a mistake with its place or a right target', () => {
  it('INI', () => {
    fc.assert(
      fc.property(text(INI), (one) => hold(readAnsibleIni('hosts', one))),
      { numRuns: 3_000 },
    );
  });

  it('YAML', () => {
    fc.assert(
      fc.property(text(YAML), (one) => hold(readAnsibleYaml('hosts', one))),
      { numRuns: 1_500 },
    );
  });

  it('JSON, of any shape', () => {
    const key = fc.oneof(
      fc.constantFrom('_meta', 'hostvars', 'hosts', 'vars', 'children', 'web', 'ansible_host', '__proto__'),
      fc.string(),
    );
    const shape = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('map'),
      ),
      list: fc.array(tie('value'), { maxLength: 4 }),
      map: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    })).value;
    fc.assert(
      fc.property(shape, (one) => hold(readAnsibleJson('print', JSON.stringify(one)))),
      { numRuns: 1_500 },
    );
    fc.assert(fc.property(fc.string(), (one) => hold(readAnsibleJson('print', one))));
  });

  it('ssh_config', async () => {
    const pieces = [
      ...[
        'Host ',
        'Match ',
        'HostName ',
        'Port ',
        'User ',
        'ProxyJump ',
        'IdentityFile ',
        '\n',
        '\n',
        '\n  ',
        ' ',
        '=',
        '"',
        '#',
      ],
      ...[
        '*',
        '?',
        '!',
        'web-1',
        'a b',
        '%h',
        '%%',
        '22',
        '99999',
        'host ',
        'exec ',
        'all',
        'user ',
        'gate',
        ',',
        '@',
        '\\',
        '\t',
      ],
    ];
    await fc.assert(
      fc.asyncProperty(text(pieces), async (one) => {
        const file = await readSshConfig('hosts', one, { home: '/nonexistent', shown: (path) => path });
        for (const { at } of file.mistakes) expect(at).toMatch(/^hosts:\d+$/);
        evaluate(file, { host: 'web-1', localUser: 'me' });
      }),
      { numRuns: 2_000 },
    );
  });

  it('names and tags of AWS', () => {
    const tag = fc.record({
      Key: fc.oneof(
        fc.constantFrom('Name', 'env', 'aws:autoscaling:groupName', '__proto__', 'a b', 'a_b'),
        fc.string(),
      ),
      Value: fc.oneof(fc.string({ maxLength: 300 }), fc.constantFrom('prod', 'R & D', '')),
    });
    const instance = fc.record({
      InstanceId: fc
        .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 17, maxLength: 17 })
        .map((hex) => `i-${hex}`),
      Tags: fc.array(tag, { maxLength: 6 }),
    });
    const instances = fc.uniqueArray(instance, { selector: (one) => one.InstanceId, maxLength: 8 });
    fc.assert(
      fc.property(instances, fc.constantFrom('tag' as const, 'id' as const), (all, by) => {
        const names = namesOf(all, by);
        for (const name of names.values()) expect(hostName.safeParse(name).success, name).toBe(true);
        expect(new Set(names.values()).size).toBe(all.length);
        for (const { Tags } of all)
          for (const [name, value] of Object.entries(labelsOf(Tags, {}, () => undefined)))
            expect([labelName.safeParse(name).success, labelValue.safeParse(value).success]).toEqual([true, true]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('the small grammars end for any text', () => {
    const any = text([
      '[',
      ']',
      ':',
      '1',
      '01',
      'a',
      ',',
      '-',
      '@',
      '"',
      "'",
      '\\',
      ' ',
      'ssh-ed25519 AAAA',
      '\n',
      '[1:9]',
    ]);
    fc.assert(
      fc.property(any, (one) => {
        expect(expandPattern(one)?.names.length ?? 0).toBeLessThanOrEqual(10_000);
        for (const hop of parseJump(one) ?? []) expect(hop.host).toMatch(/^[A-Za-z0-9._:%-]+$/);
        words(one);
        readHostKeys(one);
      }),
      { numRuns: 2_000 },
    );
  });
});
