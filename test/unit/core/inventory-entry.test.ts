import { describe, expect, it } from 'vitest';
import { configJsonSchema, readConfig } from '../../../src/core/config.js';

const entries = (yaml: string) => {
  const read = readConfig('runbolt.yaml', yaml, 'me');
  if (!read.ok) throw new Error(read.fault.next);
  return read.value.inventories;
};
const mistakes = (yaml: string): string => {
  const read = readConfig('runbolt.yaml', yaml, 'me');
  if (read.ok) throw new Error('it was read');
  return read.fault.next;
};

describe('inventories of runbolt.yaml', () => {
  it('are read with what holds for their hosts', () => {
    expect(
      entries(`ssh: { user: ops }
inventories:
  - ansible: hosts.ini
    variables: [env]
  - ssh_config: ~/.ssh/config
    become: sudo
    labels: { env: prod }
  - command: [./list.sh, --list]
    user: deploy
  - ec2: { region: eu-west-1, filters: { "tag:role": web, vpc-id: [vpc-1, vpc-2] } }
  - ec2: { regions: [eu-west-1, us-east-1, eu-west-1], profile: prod, tags: { Environment: env }, transport: ssh, address: public, name: id }
  - ssm: { region: eu-central-1 }
`),
    ).toMatchObject([
      { kind: 'ansible', at: 'runbolt.yaml:3', file: 'hosts.ini', user: 'ops', variables: ['env'] },
      { kind: 'ssh_config', at: 'runbolt.yaml:5', become: 'sudo', labels: { env: 'prod' } },
      { kind: 'command', argv: ['./list.sh', '--list'], user: 'deploy' },
      {
        ...{ kind: 'ec2', regions: ['eu-west-1'], name: 'tag', transport: 'ssm', address: 'private' },
        filters: { 'tag:role': ['web'], 'vpc-id': ['vpc-1', 'vpc-2'] },
      },
      { regions: ['eu-west-1', 'us-east-1'], profile: 'prod', tags: { Environment: 'env' }, name: 'id' },
      { kind: 'ssm', regions: ['eu-central-1'] },
    ]);
  });

  it.each([
    ['inventories: [{ ansibel: hosts.ini }]', /runbolt\.yaml:1:17 .*`?ansibel`?.*`?ansible`?/],
    [
      'inventories: [{ ansible: a, ssh_config: b }]',
      /runbolt\.yaml:1:\d+ .*must name one source: ansible, ssh_config, command, ec2 or ssm/,
    ],
    ['inventories: [{ user: ops }]', /must name one source/],
    ['inventories: [{ ec2: { regoin: eu-west-1 } }]', /runbolt\.yaml:1:24 .*regoin.*region/],
    ['inventories: [{ ec2: { region: ireland } }]', /must be an AWS region such as eu-west-1/],
    ['inventories: [{ ec2: {} }]', /must name `region` or `regions`, one of them/],
    [
      'inventories: [{ ec2: { region: eu-west-1, filters: { instance-state-name: stopped } } }]',
      /only running instances are read/,
    ],
    ['inventories: [{ command: ./list.sh }]', /runbolt\.yaml:1:26 .*must be a list/],
    ['inventories: [{ ansible: a, select: "@nope" }]', /runbolt\.yaml:1:\d+ There is no group `@nope`/],
    ['inventories: [{ ansible: a, become: su }]', /must be one of none, sudo/],
    ['inventories: [{ ssm: { region: eu-west-1, filters: {} } }]', /filters/],
  ])('%s', (yaml, message) => {
    expect(mistakes(yaml)).toMatch(message);
  });

  it('are in the JSON Schema', () => {
    expect(JSON.stringify(configJsonSchema())).toContain('"ssh_config"');
  });
});
