import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeInstancesCommand, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  ListTagsForResourceCommand,
  paginateDescribeInstanceInformation,
  paginateListCommandInvocations,
} from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { CloudRig } from '../rig/aws/cloud-rig.js';
import { instanceId } from '../rig/aws/local-host.js';
import { realClock } from '../rig/sshd/clock.js';

const one = instanceId(1);

describe('the local AWS, by the official SDK', () => {
  let rig: CloudRig;
  const start = async (...given: Parameters<typeof CloudRig.start>) => {
    rig = await CloudRig.start(...given);
  };
  const startOne = () => start((host) => [host({ instance: one })]);
  afterEach(() => rig.end());

  it('runs a command on a host and tells what came of it', async () => {
    await startOne();
    const id = await rig.send('echo out; echo err >&2; exit 3', { Comment: 'run 1' });
    expect(await rig.ended(id)).toMatchObject({
      ...{ Status: 'Failed', StatusDetails: 'Failed', ResponseCode: 3 },
      StandardOutputContent: 'out\n',
      StandardErrorContent: 'err\nfailed to run commands: exit status 3',
    });
    const listed = await rig.ssm().send(new ListCommandInvocationsCommand({ CommandId: id, Details: true }));
    expect(listed.CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output).toBe(
      'out\n\n----------ERROR-------\nerr\nfailed to run commands: exit status 3',
    );
    const after = new Date(Date.now() - 60_000).toISOString();
    const found = await rig.ssm().send(new ListCommandsCommand({ Filters: [{ key: 'InvokedAfter', value: after }] }));
    expect(found.Commands).toMatchObject([{ CommandId: id, Comment: 'run 1', Status: 'Failed', ErrorCount: 1 }]);
    expect(rig.aws.executions(one)).toBe(1);
  });

  it('runs it as the agent does: a file, /usr/bin, no standard input, no HOME', async () => {
    await startOne();
    const told = await rig.ended(
      await rig.send('pwd; echo "$0 ${HOME-none} $AWS_SSM_INSTANCE_ID $SSM_COMMAND_ID"; cat'),
    );
    const file = `${rig.hosts.directory}/${one}/${told.CommandId}/awsrunShellScript/0.awsrunShellScript/_script.sh`;
    expect(told.StandardOutputContent).toBe(`/usr/bin\n${file} none ${one} ${told.CommandId}\n`);
  });

  it('tells nothing of the output before the end, which is when nothing holds it', async () => {
    await startOne();
    const mark = join(rig.hosts.directory, 'go');
    const id = await rig.send(`echo first; (until [ -e ${mark} ]; do sleep 0.02; done; echo last) &`);
    const before = await rig.until(id, (told) => told.Status === 'InProgress');
    expect(before).toMatchObject({ ResponseCode: -1, StandardOutputContent: '', ExecutionEndDateTime: '' });
    await rig.ended(await rig.send(`touch ${mark}`));
    expect(await rig.ended(id)).toMatchObject({ Status: 'Success', StandardOutputContent: 'first\nlast\n' });
  });

  it('tells of a killed shell the code -1, as if it had never started, and of an exit with 137 a time-out', async () => {
    await startOne();
    expect(await rig.ended(await rig.send('kill -KILL 0'))).toMatchObject({
      ...{ Status: 'Failed', ResponseCode: -1, StandardErrorContent: 'failed to run commands: signal: killed' },
    });
    expect(await rig.ended(await rig.send('exit 137'))).toMatchObject({
      ...{ Status: 'TimedOut', StatusDetails: 'ExecutionTimedOut', ResponseCode: 137, StandardErrorContent: '' },
    });
  });

  it('kills the process group of a cancelled command, and not what has a session of its own', async () => {
    await startOne();
    const [kept, killed] = [join(rig.hosts.directory, 'kept'), join(rig.hosts.directory, 'killed')];
    const started = join(rig.hosts.directory, 'started');
    const id = await rig.send(
      `setsid sh -c 'until [ -e ${started}.end ]; do sleep 0.02; done; touch ${kept}' > /dev/null 2>&1 &
       sh -c 'until [ -e ${started}.end ]; do sleep 0.02; done; touch ${killed}' &
       touch ${started}; wait`,
    );
    await rig.until(id, () => existsSync(started));
    await rig.ssm().send(new CancelCommandCommand({ CommandId: id }));
    expect(await rig.ended(id)).toMatchObject({ Status: 'Cancelled', StatusDetails: 'Cancelled', ResponseCode: 137 });
    await rig.ended(await rig.send(`touch ${started}.end; until [ -e ${kept} ]; do sleep 0.02; done; sleep 0.1`));
    expect(existsSync(killed)).toBe(false);
  });

  it('ends a script at its execution time-out', async () => {
    await startOne();
    const Parameters = { commands: ['echo begun; sleep 4321'], executionTimeout: ['5'] };
    const told = await rig.ended(await rig.send('', { Parameters }));
    expect(told).toMatchObject({ Status: 'TimedOut', StatusDetails: 'ExecutionTimedOut', ResponseCode: 137 });
    expect(told.StandardOutputContent).toBe('begun\n');
  });

  it('reboots a host that ends with 194 and runs the script again', async () => {
    await startOne();
    const file = join(rig.hosts.directory, 'runs');
    const id = await rig.send(`echo run >> ${file}; echo out; [ "$(wc -l < ${file})" -ge 3 ] || exit 194`);
    expect(await rig.ended(id)).toMatchObject({ Status: 'Success', StandardOutputContent: 'out\nout\nout\n' });
    expect(readFileSync(file, 'utf8')).toBe('run\nrun\nrun\n');
    expect(rig.aws.executions(one)).toBe(3);
  });

  it('puts the whole output into a bucket, and nothing for an empty stream', async () => {
    await start((host) => [host({ instance: one })], { buckets: ['output'] });
    const id = await rig.send('head -c 100000 /dev/zero | tr "\\0" x', {
      ...{ OutputS3BucketName: 'output', OutputS3KeyPrefix: 'run' },
    });
    const told = await rig.ended(id);
    expect(told.StandardOutputContent).toMatch(/x--output truncated--$/);
    expect(told.StandardOutputContent).toHaveLength(24_000);
    const key = `run/${id}/${one}/awsrunShellScript/0.awsrunShellScript`;
    expect(told.StandardOutputUrl).toBe(`${rig.aws.endpoint}/output/${key}/stdout`);
    const object = await rig.s3().send(new GetObjectCommand({ Bucket: 'output', Key: `${key}/stdout` }));
    expect(await object.Body?.transformToString()).toBe('x'.repeat(100_000));
    const empty = rig.s3().send(new GetObjectCommand({ Bucket: 'output', Key: `${key}/stderr` }));
    await expect(empty).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('shows 8,000 characters of standard error and 2,500 of both together, each time the head', async () => {
    await startOne();
    const id = await rig.send('head -c 9000 /dev/zero | tr "\\0" o; head -c 9000 /dev/zero | tr "\\0" e >&2');
    const told = await rig.ended(id);
    expect(told.StandardErrorContent).toBe('e'.repeat(8_000));
    const listed = await rig.ssm().send(new ListCommandInvocationsCommand({ CommandId: id, Details: true }));
    const output = listed.CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output ?? '';
    expect(output.length).toBeLessThanOrEqual(2_500);
    expect(output).toMatch(/^o+\n---Output truncated---\n-{10}ERROR-{7}\ne+\n---Error truncated----$/);
  });

  it('expands what refers to a parameter store before the host sees it', async () => {
    await start((host) => [host({ instance: one })], { parameterStore: { '/app/key': 'secret' } });
    const told = await rig.ended(await rig.send("echo '{{ssm:/app/key}} {{ ssm:/app/key:3 }} {{other}}'"));
    expect(told.StandardOutputContent).toBe('secret secret {{other}}\n');
  });

  it('lists the invocations of a command page by page, each once', async () => {
    await start((host) => [1, 2, 3].map((n) => host({ instance: instanceId(n) })), { misbehaviour: { pageSize: 2 } });
    const id = await rig.send('true', { InstanceIds: [1, 2, 3].map(instanceId) });
    const seen: (string | undefined)[] = [];
    for await (const page of paginateListCommandInvocations({ client: rig.ssm() }, { CommandId: id }))
      seen.push(...(page.CommandInvocations ?? []).map((i) => i.InstanceId));
    expect(seen).toEqual([1, 2, 3].map(instanceId));
  });

  it('stops a command beyond its allowed errors: the rest is Terminated', async () => {
    await start((host) => [1, 2, 3].map((n) => host({ instance: instanceId(n) })));
    const InstanceIds = [1, 2, 3].map(instanceId);
    const id = await rig.send('exit 1', { InstanceIds, MaxConcurrency: '1' });
    expect(await rig.ended(id, instanceId(3))).toMatchObject({ Status: 'Cancelled', StatusDetails: 'Terminated' });
    expect(InstanceIds.map((i) => rig.aws.executions(i))).toEqual([1, 0, 0]);
    const allowed = await rig.send('exit 1', { InstanceIds, MaxConcurrency: '1', MaxErrors: '100%' });
    expect(await rig.ended(allowed, instanceId(3))).toMatchObject({ StatusDetails: 'Failed' });
  });

  it('delivers to a host once it is connected again', async () => {
    await start((host) => [host({ instance: one, ping: 'ConnectionLost' })]);
    const id = await rig.send('echo here');
    await rig.until(id, (told) => told.StatusDetails === 'Delayed');
    rig.aws.replaceHosts([rig.hosts.host({ instance: one })]);
    expect(await rig.ended(id)).toMatchObject({ Status: 'Success', StandardOutputContent: 'here\n' });
  });

  it('gives a command up that no agent took in its time: nothing ran', async () => {
    const hurried = {
      now: realClock.now,
      sleep: (ms: number, signal?: AbortSignal) => realClock.sleep(ms / 100, signal),
    };
    await start((host) => [host({ instance: one, ping: 'ConnectionLost' })], { clock: hurried });
    const told = await rig.ended(await rig.send('true', { TimeoutSeconds: 30 }));
    expect(told).toMatchObject({ Status: 'TimedOut', StatusDetails: 'DeliveryTimedOut', ResponseCode: -1 });
    expect(rig.aws.executions(one)).toBe(0);
  });

  it('describes instances and managed nodes page by page, by filters, of one region', async () => {
    const name = (n: number) => ({ instance: instanceId(n), tags: { Name: `web-${n}`, env: n % 2 ? 'prod' : 'test' } });
    const numbers = Array.from({ length: 23 }, (_, n) => n);
    await start((host) => [
      ...numbers.map((n) => host(name(n))),
      host({ ...name(100), region: 'us-east-1' }),
      host({ ...name(101), state: 'stopped' }),
      host({ ...name(103), ping: 'ConnectionLost' }),
      host({ ...name(105), instance: `mi-${'0'.repeat(17)}` }),
    ]);
    const names: (string | undefined)[] = [];
    const Filters = [
      { Name: 'tag:env', Values: ['prod'] },
      { Name: 'tag:Name', Values: ['web-?', 'web-1?'] },
      { Name: 'instance-state-name', Values: ['running'] },
    ];
    for await (const page of paginateDescribeInstances({ client: rig.ec2(), pageSize: 5 }, { Filters }))
      for (const r of page.Reservations ?? []) for (const i of r.Instances ?? []) names.push(i.Tags?.[0]?.Value);
    expect(names).toEqual(numbers.filter((n) => n % 2 === 1 && n < 20).map((n) => `web-${n}`));
    const first = await rig.ec2().send(new DescribeInstancesCommand({ InstanceIds: [instanceId(2)] }));
    expect(first.Reservations?.[0]?.Instances?.[0]).toMatchObject({
      ...{ State: { Name: 'running', Code: 16 }, PrivateIpAddress: '10.9.0.1' },
    });
    const nodes: (string | undefined)[] = [];
    for await (const page of paginateDescribeInstanceInformation({ client: rig.ssm() }, {}))
      nodes.push(...(page.InstanceInformationList ?? []).map((node) => node.InstanceId));
    expect(nodes).toEqual([...[...numbers, 103].map(instanceId), `mi-${'0'.repeat(17)}`]);
    const lost = await rig
      .ssm()
      .send(new DescribeInstanceInformationCommand({ Filters: [{ Key: 'PingStatus', Values: ['ConnectionLost'] }] }));
    expect(lost.InstanceInformationList?.map((node) => node.InstanceId)).toEqual([instanceId(103)]);
    const tags = await rig
      .ssm()
      .send(new ListTagsForResourceCommand({ ResourceType: 'ManagedInstance', ResourceId: `mi-${'0'.repeat(17)}` }));
    expect(tags.TagList).toContainEqual({ Key: 'Name', Value: 'web-105' });
    const abroad = await rig.ec2({ region: 'us-east-1' }).send(new DescribeInstancesCommand({}));
    expect(abroad.Reservations?.map((r) => r.Instances?.[0]?.InstanceId)).toEqual([instanceId(100)]);
  });
});
