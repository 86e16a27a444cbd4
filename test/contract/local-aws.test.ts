import { DescribeInstancesCommand, EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  paginateDescribeInstanceInformation,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/composition/system.js';
import { type LocalAws, type LocalHost, startLocalAws } from '../../src/demo/aws/index.js';
import { type HostRig, hostRig, instanceId } from '../rig/aws/local-host.js';
import { realClock } from '../rig/sshd/clock.js';

describe('the local AWS, by the official SDK', () => {
  let rig: HostRig;
  let aws: LocalAws;
  const clientOf = (more: object = {}) => ({
    endpoint: aws.endpoint,
    region: 'eu-west-1',
    credentials: aws.credential,
    maxAttempts: 1,
    ...more,
  });
  const ssm = (more: object = {}) => new SSMClient(clientOf(more));
  const start = async (hosts: readonly LocalHost[], more: object = {}) => {
    aws = await startLocalAws({ hosts, clock: realClock, random: systemRandom, ...more });
  };
  const send = async (commands: string[], more: Partial<SendCommandCommandInput> = {}) => {
    const input = {
      InstanceIds: [instanceId(1)],
      DocumentName: 'AWS-RunShellScript',
      Parameters: { commands },
      ...more,
    };
    const sent = await ssm().send(new SendCommandCommand(input));
    return sent.Command?.CommandId ?? '';
  };
  const ended = async (id: string, instance = instanceId(1)) => {
    for (let n = 0; n < 200; n += 1) {
      const now = await ssm().send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: instance }));
      if (!['Pending', 'InProgress', 'Delayed', 'Cancelling'].includes(now.Status ?? '')) return now;
      await realClock.sleep(20);
    }
    throw new Error('did not end');
  };

  beforeEach(() => {
    rig = hostRig();
  });
  afterEach(async () => {
    await aws?.stop();
    rig.remove();
  });

  it('runs a command on a host and tells what came of it', async () => {
    await start([rig.host({ instance: instanceId(1) })]);
    const id = await send(['echo out', 'echo err >&2', 'exit 3'], { Comment: 'run 1' });
    expect(await ended(id)).toMatchObject({
      Status: 'Failed',
      StatusDetails: 'Failed',
      ResponseCode: 3,
      StandardOutputContent: 'out\n',
      StandardErrorContent: 'err\nfailed to run commands: exit status 3',
    });
    const listed = await ssm().send(new ListCommandInvocationsCommand({ CommandId: id, Details: true }));
    expect(listed.CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output).toBe(
      'out\n\n----------ERROR-------\nerr\nfailed to run commands: exit status 3',
    );
    const after = new Date(Date.now() - 60_000).toISOString();
    const found = await ssm().send(new ListCommandsCommand({ Filters: [{ key: 'InvokedAfter', value: after }] }));
    expect(found.Commands).toMatchObject([{ CommandId: id, Comment: 'run 1', Status: 'Failed' }]);
    expect(aws.executions(instanceId(1))).toBe(1);
  });

  it('puts the whole output into a bucket', async () => {
    await start([rig.host({ instance: instanceId(1) })], { buckets: ['output'] });
    const id = await send(['head -c 100000 /dev/zero | tr "\\0" x'], {
      OutputS3BucketName: 'output',
      OutputS3KeyPrefix: 'run',
    });
    const told = await ended(id);
    expect(told.StandardOutputContent).toMatch(/x--output truncated--$/);
    expect(told.StandardOutputContent).toHaveLength(24_000);
    const s3 = new S3Client(clientOf({ forcePathStyle: true }));
    const Key = `run/${id}/${instanceId(1)}/awsrunShellScript/0.awsrunShellScript/stdout`;
    const object = await s3.send(new GetObjectCommand({ Bucket: 'output', Key }));
    expect(await object.Body?.transformToString()).toBe('x'.repeat(100_000));
  });

  it('describes instances and managed nodes page by page', async () => {
    const hosts = Array.from({ length: 23 }, (_, n) =>
      rig.host({ instance: instanceId(n), tags: { Name: `web-${n}`, env: n % 2 ? 'prod' : 'test' } }),
    );
    await start(hosts);
    const ec2 = new EC2Client(clientOf());
    const names: (string | undefined)[] = [];
    for await (const page of paginateDescribeInstances(
      { client: ec2, pageSize: 5 },
      {
        Filters: [
          { Name: 'tag:env', Values: ['prod'] },
          { Name: 'instance-state-name', Values: ['running'] },
        ],
      },
    ))
      for (const r of page.Reservations ?? []) for (const i of r.Instances ?? []) names.push(i.Tags?.[0]?.Value);
    expect(names).toEqual(hosts.flatMap((h) => (h.tags.env === 'prod' ? [h.tags.Name] : [])));
    const one = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId(2)] }));
    expect(one.Reservations?.[0]?.Instances?.[0]).toMatchObject({
      State: { Name: 'running', Code: 16 },
      PrivateIpAddress: '10.9.0.1',
    });
    let nodes = 0;
    for await (const page of paginateDescribeInstanceInformation({ client: ssm() }, {}))
      nodes += page.InstanceInformationList?.length ?? 0;
    expect(nodes).toBe(23);
  });
});
