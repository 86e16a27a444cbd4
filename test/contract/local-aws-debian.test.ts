import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudRig } from '../rig/aws/cloud-rig.js';
import { instanceId } from '../rig/aws/local-host.js';

/** Debian's packages, whatever else is on the PATH. */
const AWS = '/usr/bin/aws';
const PYTHON = '/usr/bin/python3';
const BOTOCORE = '/usr/lib/python3/dist-packages';
const absent = (existsSync(BOTOCORE) ? readdirSync(BOTOCORE) : []).includes('botocore')
  ? undefined
  : 'python3-botocore';
const missing = existsSync(AWS) ? absent : 'awscli';
const skipped = missing === undefined ? '' : ` (skipped: needs ${missing})`;

const CONFORM = fileURLToPath(new URL('../rig/aws/conform.py', import.meta.url));
const one = instanceId(1);

/**
 * Where the real service's answers are not as its own model says: an empty log group, times with milliseconds, PT0.1S. They
 * are so in the answers that AWS recorded (awscli/examples/ssm/get-command-invocation.rst).
 */
const AS_RECORDED = /CloudWatchLogGroupName, value: 0,|\.Execution(Start|End)DateTime: 20|\.ExecutionElapsedTime: PT/;

describe.skipIf(missing !== undefined)(`the local AWS, by Debian's aws command and botocore${skipped}`, () => {
  let rig: CloudRig;
  beforeAll(async () => {
    rig = await CloudRig.start(
      (host) => [
        ...Array.from({ length: 12 }, (_, n) =>
          host({
            ...{ instance: instanceId(n), privateIp: `10.9.0.${n}` },
            tags: { Name: `web-${n}`, 'aws:autoscaling:groupName': 'web', odd: `<&"'> ${n}` },
          }),
        ),
        host({ instance: `mi-${'a'.repeat(17)}`, tags: { Name: 'rack-1' } }),
        host({ instance: instanceId(50), state: 'terminated' }),
      ],
      { buckets: ['output'] },
    );
  });
  afterAll(() => rig.end());

  const run = async (program: string, args: readonly string[], input = '') => {
    const child = spawn(program, args, {
      stdio: 'pipe',
      timeout: 30_000,
      env: {
        PATH: '/usr/bin:/bin',
        ...{ AWS_ACCESS_KEY_ID: rig.aws.credential.accessKeyId, AWS_CONFIG_FILE: '/dev/null' },
        ...{ AWS_SECRET_ACCESS_KEY: rig.aws.credential.secretAccessKey, AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
        ...{ AWS_DEFAULT_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '', AWS_MAX_ATTEMPTS: '1' },
      },
    });
    child.stdin.end(input);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, 'close');
    return { code, out, err };
  };
  const aws = async (...args: readonly string[]) => {
    const { code, out, err } = await run(AWS, [...args, '--endpoint-url', rig.aws.endpoint, '--output', 'json']);
    expect({ err, code }).toEqual({ err: '', code: 0 });
    return out === '' ? undefined : JSON.parse(out);
  };

  it('sends a command, waits for it, and reads what came of it', async () => {
    const sent = await aws(
      ...['ssm', 'send-command', '--document-name', 'AWS-RunShellScript', '--comment', 'by hand'],
      ...['--instance-ids', one, instanceId(2), '--parameters', 'commands=["echo hello"]'],
      ...['--output-s3-bucket-name', 'output'],
    );
    expect(sent.Command).toMatchObject({
      Comment: 'by hand',
      Parameters: { commands: ['echo hello'] },
      TargetCount: 2,
    });
    const id = sent.Command.CommandId;
    const about = ['--command-id', id];
    await run(AWS, [
      'ssm',
      'wait',
      'command-executed',
      ...about,
      '--instance-id',
      one,
      '--endpoint-url',
      rig.aws.endpoint,
    ]);
    await rig.ended(id, instanceId(2));
    const [listed, got, commands] = await Promise.all([
      aws('ssm', 'list-command-invocations', ...about, '--details', '--page-size', '1'),
      aws('ssm', 'get-command-invocation', ...about, '--instance-id', one),
      aws('ssm', 'list-commands', '--filters', 'key=InvokedAfter,value=2026-01-01T00:00:00Z'),
    ]);
    const outputs = listed.CommandInvocations.map(
      (i: { CommandPlugins: { Output: string }[] }) => i.CommandPlugins[0]?.Output,
    );
    expect(outputs).toEqual(['hello\n', 'hello\n']);
    expect(got).toMatchObject({ Status: 'Success', ResponseCode: 0, StandardOutputContent: 'hello\n' });
    expect(commands.Commands).toMatchObject([{ CommandId: id, Status: 'Success', CompletedCount: 2 }]);
    const key = `${id}/${one}/awsrunShellScript/0.awsrunShellScript/stdout`;
    const copied = await run(AWS, ['s3', 'cp', `s3://output/${key}`, '-', '--endpoint-url', rig.aws.endpoint]);
    expect(copied).toEqual({ code: 0, out: 'hello\n', err: '' });
  }, 60_000);

  it('describes instances and nodes page by page', async () => {
    const [ec2, nodes, tags] = await Promise.all([
      aws('ec2', 'describe-instances', '--page-size', '5', '--filters', 'Name=instance-state-name,Values=running'),
      aws('ssm', 'describe-instance-information', '--page-size', '5'),
      aws(
        ...['ssm', 'list-tags-for-resource', '--resource-type', 'ManagedInstance'],
        '--resource-id',
        `mi-${'a'.repeat(17)}`,
      ),
    ]);
    const instances = ec2.Reservations.flatMap((r: { Instances: unknown[] }) => r.Instances);
    expect(instances).toHaveLength(12);
    expect(instances[3]).toMatchObject({
      ...{ InstanceId: instanceId(3), PrivateIpAddress: '10.9.0.3', State: { Name: 'running' } },
      Tags: expect.arrayContaining([{ Key: 'odd', Value: `<&"'> 3` }]),
    });
    expect(nodes.InstanceInformationList).toHaveLength(13);
    expect(tags).toEqual({ TagList: [{ Key: 'Name', Value: 'rack-1' }] });
    expect(rig.aws.calls('DescribeInstances')).toBe(3);
  }, 60_000);

  it('is refused in words that the command prints', async () => {
    const args = ['ssm', 'send-command', '--document-name', 'AWS-RunShellScript', '--instance-ids', instanceId(99)];
    const refused = await run(AWS, [...args, '--parameters', 'commands=true', '--endpoint-url', rig.aws.endpoint]);
    expect(refused.code).not.toBe(0);
    expect(refused.err).toMatch(/\(InvalidInstanceId\) when calling the SendCommand operation.*: Instances \[\[i-/);
  });

  it("answers as botocore's model of the services says, member by member", async () => {
    const { accessKeyId, secretAccessKey } = rig.aws.credential;
    const send = { DocumentName: 'AWS-RunShellScript', InstanceIds: [one], OutputS3BucketName: 'output' };
    const calls = [
      ['ssm', 'SendCommand', { ...send, Parameters: { commands: ['echo out; echo err >&2; exit 3'] } }],
      ['ssm', 'GetCommandInvocation', { CommandId: '$COMMAND', InstanceId: one }],
      ['ssm', 'ListCommandInvocations', { CommandId: '$COMMAND', Details: true }],
      ['ssm', 'ListCommandInvocations', { CommandId: '$COMMAND' }],
      ['ssm', 'ListCommands', { MaxResults: 1 }],
      ['ssm', 'CancelCommand', { CommandId: '$COMMAND' }],
      ['ssm', 'DescribeInstanceInformation', { MaxResults: 50 }],
      ['ssm', 'ListTagsForResource', { ResourceType: 'ManagedInstance', ResourceId: `mi-${'a'.repeat(17)}` }],
      ['ec2', 'DescribeInstances', {}],
      ['ec2', 'DescribeRegions', {}],
    ];
    const asked = [CONFORM, rig.aws.endpoint, accessKeyId, secretAccessKey, 'eu-west-1'];
    const { out, err } = await run(PYTHON, asked, JSON.stringify(calls));
    expect(err).toBe('');
    const told: { call: string; members: string[]; wrong: string[] }[] = JSON.parse(out);
    expect(told.flatMap(({ wrong }) => wrong).filter((line) => !AS_RECORDED.test(line))).toEqual([]);
    expect(told.map(({ members }) => members.join())).toEqual([
      'Command',
      expect.stringContaining('StandardOutputContent'),
      ...['CommandInvocations', 'CommandInvocations', 'Commands,NextToken', '', 'InstanceInformationList', 'TagList'],
      ...['Reservations', 'Regions'],
    ]);
  });
});
