import { DescribeInstancesCommand, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import {
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
} from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CloudRig, refusal } from '../rig/aws/cloud-rig.js';
import { instanceId } from '../rig/aws/local-host.js';

const one = instanceId(1);

describe('the local AWS misbehaves on command, the same way for the same seed', () => {
  let rig: CloudRig;
  beforeEach(async () => {
    rig = await CloudRig.start((host) => Array.from({ length: 7 }, (_, n) => host({ instance: instanceId(n) })));
  });
  afterEach(() => rig.end());
  const ask = async (times: number) => {
    const names: string[] = [];
    for (let n = 0; n < times; n += 1) names.push((await refusal(rig.ssm().send(new ListCommandsCommand({})))).name);
    return names;
  };

  it('throttles a share of the calls', async () => {
    rig.aws.misbehave({ throttle: 0.5, seed: 7 });
    const first = await ask(40);
    expect(first.filter((name) => name === 'ThrottlingException').length).toBeGreaterThan(12);
    expect(first.filter((name) => name === 'not refused').length).toBeGreaterThan(12);
    rig.aws.misbehave({ throttle: 0.5, seed: 7 });
    expect(await ask(40)).toEqual(first);
    rig.aws.misbehave({ throttle: 1 });
    expect((await refusal(rig.ec2().send(new DescribeInstancesCommand({})))).name).toBe('RequestLimitExceeded');
    rig.aws.misbehave({});
    expect(await ask(1)).toEqual(['not refused']);
  });

  it('resets the connection after a command was accepted: it runs all the same', async () => {
    rig.aws.misbehave({ resetAfterAccepting: 1 });
    const sent = await refusal(rig.send('echo ran', { Comment: 'lost' }));
    expect(sent.message).toMatch(/ECONNRESET|socket hang up/);
    rig.aws.misbehave({});
    const found = await rig.ssm().send(new ListCommandsCommand({}));
    const [command] = (found.Commands ?? []).filter((c) => c.Comment === 'lost');
    expect(await rig.ended(command?.CommandId ?? '')).toMatchObject({ StandardOutputContent: 'ran\n' });
    expect(rig.aws.executions(one)).toBe(1);
  });

  it('makes the SDK with its own retries run a script twice', async () => {
    rig.aws.misbehave({ resetAfterAccepting: 0.5, seed: 3 });
    const input = { InstanceIds: [one], DocumentName: 'AWS-RunShellScript', Parameters: { commands: ['true'] } };
    const eager = rig.ssm({ maxAttempts: 5 });
    for (let n = 0; n < 8 && rig.aws.calls('SendCommand') === n; n += 1)
      await eager.send(new SendCommandCommand(input));
    const calls = rig.aws.calls('SendCommand');
    rig.aws.misbehave({});
    for (const { CommandId = '' } of (await rig.ssm().send(new ListCommandsCommand({}))).Commands ?? [])
      await rig.ended(CommandId);
    expect(rig.aws.executions(one)).toBe(calls);
    expect(calls).toBeGreaterThan(1);
  });

  it('answers 500 before or after the command was accepted', async () => {
    rig.aws.misbehave({ errors500: 1, seed: 5 });
    for (let n = 0; n < 10; n += 1) expect((await refusal(rig.send('true'))).name).toBe('InternalServerError');
    rig.aws.misbehave({});
    const found = await rig.ssm().send(new ListCommandsCommand({}));
    expect(found.Commands?.length).toBeGreaterThan(1);
    expect(found.Commands?.length).toBeLessThan(10);
  });

  it('tells late of a command and its invocations', async () => {
    rig.aws.misbehave({ lateInvocations: 60_000 });
    const id = await rig.send('true');
    const invocation = new GetCommandInvocationCommand({ CommandId: id, InstanceId: one });
    expect((await refusal(rig.ssm().send(invocation))).name).toBe('InvocationDoesNotExist');
    expect((await rig.ssm().send(new ListCommandInvocationsCommand({ CommandId: id }))).CommandInvocations).toEqual([]);
    expect((await rig.ssm().send(new ListCommandsCommand({}))).Commands).toEqual([]);
    rig.aws.misbehave({});
    expect(await rig.ended(id)).toMatchObject({ Status: 'Success' });
  });

  it('cuts output, and spells StatusDetails with spaces', async () => {
    rig.aws.misbehave({ cutOutput: 10, spacedDetails: true });
    const Parameters = { commands: ['echo 0123456789abc; sleep 4322'], executionTimeout: ['5'] };
    expect(await rig.ended(await rig.send('', { Parameters }))).toMatchObject({
      ...{ StatusDetails: 'Execution Timed Out', StandardOutputContent: '0123456789' },
    });
  });

  it('refuses every page but the first, and makes pages smaller than asked for', async () => {
    const all = async () => {
      let instances = 0;
      for await (const page of paginateDescribeInstances({ client: rig.ec2(), pageSize: 50 }, {}))
        instances += page.Reservations?.length ?? 0;
      return instances;
    };
    rig.aws.misbehave({ pageSize: 3 });
    expect(await all()).toBe(7);
    rig.aws.misbehave({ pageSize: 3, missingPage: 'DescribeInstances' });
    expect((await refusal(all())).name).toBe('InternalError');
  });
});
