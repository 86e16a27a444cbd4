import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  type SendCommandCommandInput,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudRig, refusal } from '../rig/aws/cloud-rig.js';
import { instanceId } from '../rig/aws/local-host.js';

const one = instanceId(1);
const key = (accessKeyId: string, more: object = {}) => ({ accessKeyId, secretAccessKey: 'secret', ...more });

describe('the local AWS holds its callers to the limits of the real one', () => {
  let rig: CloudRig;
  beforeAll(async () => {
    rig = await CloudRig.start(
      (host) => [
        host({ instance: one }),
        host({ instance: instanceId(2), state: 'terminated' }),
        host({ instance: instanceId(3), ping: 'unmanaged' }),
        host({ instance: instanceId(4), platform: 'Windows' }),
      ],
      {
        buckets: ['output'],
        documents: [{ name: 'Own-Shell', parameters: { commands: 'required', executionTimeout: 'optional' } }],
        credentials: [
          key('AKIAGOOD'),
          key('ASIAEXPIRED', { sessionToken: 'old', expired: true }),
          key('AKIADENIED', { denied: ['ssm:SendCommand', 'ec2:DescribeInstances'] }),
        ],
      },
    );
  });
  afterAll(() => rig.end());

  it.each<[string, Partial<SendCommandCommandInput>, string, RegExp]>([
    [
      '51 instances',
      { InstanceIds: Array.from({ length: 51 }, (_, n) => instanceId(n)) },
      'ValidationException',
      /at 'instanceIds' failed.*length less than or equal to 50/,
    ],
    [
      'no instance ID',
      { InstanceIds: ['web-1'] },
      'ValidationException',
      /'web-1' at 'instanceIds\.1\.member' failed.*regular expression pattern/,
    ],
    ['an instance twice', { InstanceIds: [one, one] }, 'DuplicateInstanceId', /.*/],
    [
      'an instance that is not there',
      { InstanceIds: [one, instanceId(9)] },
      'InvalidInstanceId',
      /\[\[i-00000000000000009\]\] not in a valid state/,
    ],
    [
      'a terminated instance',
      { InstanceIds: [instanceId(2)] },
      'InvalidInstanceId',
      /not in a valid state for account/,
    ],
    ['an instance without an agent', { InstanceIds: [instanceId(3)] }, 'InvalidInstanceId', /not in a valid state/],
    ['Windows', { InstanceIds: [instanceId(4)] }, 'UnsupportedPlatformType', /platform type Windows/],
    [
      'a comment of 101 characters',
      { Comment: 'c'.repeat(101) },
      'ValidationException',
      /at 'comment'.*less than or equal to 100/,
    ],
    [
      'a delivery time-out of 29 s',
      { TimeoutSeconds: 29 },
      'ValidationException',
      /Value '29' at 'timeoutSeconds'.*value greater than or equal to 30/,
    ],
    ['one of more than 30 days', { TimeoutSeconds: 2_592_001 }, 'ValidationException', /less than or equal to 2592000/],
    ['an unknown document', { DocumentName: 'Nobody-Knows' }, 'InvalidDocument', /Nobody-Knows/],
    ['an unknown version', { DocumentVersion: '7' }, 'InvalidDocumentVersion', /7/],
    ['no commands', { Parameters: {} }, 'InvalidParameters', /invalid or not supported/],
    [
      'a parameter that the document has not',
      { Parameters: { commands: ['true'], x: ['1'] } },
      'InvalidParameters',
      /does not support parameters/,
    ],
    [
      'an execution time-out of 0',
      { Parameters: { commands: ['true'], executionTimeout: ['0'] } },
      'InvalidParameters',
      /invalid or not supported/,
    ],
    [
      'one of 172,801 s',
      { Parameters: { commands: ['true'], executionTimeout: ['172801'] } },
      'InvalidParameters',
      /invalid or not supported/,
    ],
    ['a document above 64 KB', { Parameters: { commands: ['x'.repeat(65_600)] } }, 'MaxDocumentSizeExceeded', /64 KB/],
    ['a parameter store without the name', { Parameters: { commands: ['{{ssm:none}}'] } }, 'InvalidParameters', /none/],
    ['a bucket that is not there', { OutputS3BucketName: 'elsewhere' }, 'InvalidOutputFolder', /bucket/],
    ['MaxConcurrency 0', { MaxConcurrency: '0' }, 'ValidationException', /at 'maxConcurrency'/],
    ['MaxErrors 101%', { MaxErrors: '101%' }, 'ValidationException', /at 'maxErrors'/],
    ['no instances', { InstanceIds: [] }, 'InvalidInstanceId', /InstanceIds or Targets/],
  ])('refuses %s, and runs nothing', async (_what, input, name, message) => {
    const before = rig.aws.executions(one);
    const refused = await refusal(rig.send('true', input));
    expect(refused.name).toBe(name);
    expect(refused.message).toMatch(message);
    expect(rig.aws.executions(one)).toBe(before);
  });

  it('takes a time-out below 5 s for an hour, and says nothing', async () => {
    const Parameters = { commands: ['sleep 1.2; echo done'], executionTimeout: ['1'] };
    const told = await rig.ended(await rig.send('', { Parameters, DocumentName: 'Own-Shell' }));
    expect(told).toMatchObject({ Status: 'Success', StandardOutputContent: 'done\n' });
  });

  it('refuses questions about what is not there, and pages outside of their bounds', async () => {
    const ssm = rig.ssm();
    const none = '00000000-0000-4000-8000-000000000000';
    const ask = async (call: Promise<unknown>) => (await refusal(call)).name;
    expect(await ask(ssm.send(new GetCommandInvocationCommand({ CommandId: none, InstanceId: one })))).toBe(
      'InvocationDoesNotExist',
    );
    expect(await ask(ssm.send(new GetCommandInvocationCommand({ CommandId: 'x', InstanceId: one })))).toBe(
      'ValidationException',
    );
    expect(await ask(ssm.send(new CancelCommandCommand({ CommandId: none })))).toBe('InvalidCommandId');
    expect(await ask(ssm.send(new ListCommandsCommand({ NextToken: 'made up' })))).toBe('InvalidNextToken');
    expect(await ask(ssm.send(new ListCommandInvocationsCommand({ MaxResults: 51 })))).toBe('ValidationException');
    expect(await ask(ssm.send(new DescribeInstanceInformationCommand({ MaxResults: 4 })))).toBe('ValidationException');
    const both = [
      { Key: 'tag:env', Values: ['x'] },
      { Key: 'PingStatus', Values: ['Online'] },
    ];
    expect(await ask(ssm.send(new DescribeInstanceInformationCommand({ Filters: both })))).toBe('ValidationException');
    const listed = await ssm.send(new ListCommandInvocationsCommand({ CommandId: none }));
    expect(listed.CommandInvocations).toEqual([]);
    const ec2 = rig.ec2();
    const describe = (input: object) => ask(ec2.send(new DescribeInstancesCommand(input)));
    expect(await describe({ MaxResults: 4 })).toBe('InvalidParameterValue');
    expect(await describe({ MaxResults: 5, InstanceIds: [one] })).toBe('InvalidParameterCombination');
    expect(await describe({ InstanceIds: ['i-x'] })).toBe('InvalidInstanceID.Malformed');
    expect(await describe({ InstanceIds: [instanceId(8)] })).toBe('InvalidInstanceID.NotFound');
    expect(await describe({ Filters: [{ Name: 'colour', Values: ['red'] }] })).toBe('InvalidParameterValue');
  });

  it('knows who may ask: each service refuses in its own words', async () => {
    const asks = async (more: object) => [
      (await refusal(rig.ssm(more).send(new ListCommandsCommand({})))).name,
      (await refusal(rig.ec2(more).send(new DescribeInstancesCommand({})))).name,
      (await refusal(rig.s3(more).send(new GetObjectCommand({ Bucket: 'output', Key: 'x' })))).name,
    ];
    expect(await asks({})).toEqual(['not refused', 'not refused', 'NoSuchKey']);
    expect(await asks({ credentials: key('AKIANOBODY') })).toEqual([
      ...['UnrecognizedClientException', 'AuthFailure', 'InvalidAccessKeyId'],
    ]);
    expect(await asks({ credentials: key('AKIAGOOD', { secretAccessKey: 'wrong' }) })).toEqual([
      ...['InvalidSignatureException', 'AuthFailure', 'SignatureDoesNotMatch'],
    ]);
    expect(await asks({ credentials: key('ASIAEXPIRED', { sessionToken: 'old' }) })).toEqual([
      ...['ExpiredTokenException', 'RequestExpired', 'ExpiredToken'],
    ]);
    expect(await asks({ region: 'eu-north-9' })).toEqual([
      ...['InvalidSignatureException', 'AuthFailure', 'AuthorizationHeaderMalformed'],
    ]);
    const denied = { credentials: key('AKIADENIED') };
    expect((await asks(denied)).slice(0, 2)).toEqual(['not refused', 'UnauthorizedOperation']);
    const bare = await fetch(rig.aws.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSSM.ListCommands' },
    });
    expect(await bare.text()).toContain('MissingAuthenticationTokenException');
  });

  it('refuses what is not of the right type', async () => {
    const wrong: object = { Parameters: { commands: 'true' } };
    expect((await refusal(rig.send('', wrong))).name).toBe('SerializationException');
  });
});
