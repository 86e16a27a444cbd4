import { EC2Client } from '@aws-sdk/client-ec2';
import { S3Client } from '@aws-sdk/client-s3';
import {
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { systemRandom } from '../../../src/composition/system.js';
import { type LocalAws, type LocalAwsOptions, type LocalHost, startLocalAws } from '../../../src/demo/aws/index.js';
import { realClock } from '../sshd/clock.js';
import { type HostRig, hostRig, instanceId } from './local-host.js';

/** The local AWS over plain processes, and the official clients that speak to it and never try again on their own. */
export class CloudRig {
  private constructor(
    readonly aws: LocalAws,
    readonly hosts: HostRig,
  ) {}

  static async start(
    fleet: (host: HostRig['host']) => readonly LocalHost[],
    more: Partial<LocalAwsOptions> = {},
  ): Promise<CloudRig> {
    const hosts = hostRig();
    const aws = await startLocalAws({ hosts: fleet(hosts.host), clock: realClock, random: systemRandom, ...more });
    return new CloudRig(aws, hosts);
  }

  async end(): Promise<void> {
    await this.aws.stop();
    this.hosts.remove();
  }

  ssm(more: object = {}): SSMClient {
    return new SSMClient(this.options(more));
  }
  ec2(more: object = {}): EC2Client {
    return new EC2Client(this.options(more));
  }
  s3(more: object = {}): S3Client {
    return new S3Client({ ...this.options(more), forcePathStyle: true });
  }

  /** Sends a script to the first host, or as `more` says, and tells the command's ID. */
  async send(script: string, more: Partial<SendCommandCommandInput> = {}): Promise<string> {
    const sent = await this.ssm().send(
      new SendCommandCommand({
        InstanceIds: [instanceId(1)],
        DocumentName: 'AWS-RunShellScript',
        Parameters: { commands: [script] },
        ...more,
      }),
    );
    return sent.Command?.CommandId ?? '';
  }

  async told(id: string, instance = instanceId(1)): Promise<GetCommandInvocationCommandOutput> {
    return this.ssm().send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: instance }));
  }

  /** Asks until an invocation is as it should be; 20 s at most. */
  async until(
    id: string,
    is: (told: GetCommandInvocationCommandOutput) => boolean,
    instance = instanceId(1),
  ): Promise<GetCommandInvocationCommandOutput> {
    const limit = realClock.now() + 20_000;
    let told = await this.told(id, instance);
    while (!is(told)) {
      if (realClock.now() > limit) throw new Error(`still ${told.StatusDetails}`);
      await realClock.sleep(20);
      told = await this.told(id, instance);
    }
    return told;
  }

  ended(id: string, instance = instanceId(1)): Promise<GetCommandInvocationCommandOutput> {
    const moving = ['Pending', 'InProgress', 'Delayed', 'Cancelling'];
    return this.until(id, (told) => !moving.includes(told.Status ?? ''), instance);
  }

  private options(more: object) {
    return {
      endpoint: this.aws.endpoint,
      region: 'eu-west-1',
      credentials: this.aws.credential,
      maxAttempts: 1,
      ...more,
    };
  }
}

/** The name and message of what a call is refused with. */
export const refusal = (call: Promise<unknown>): Promise<{ readonly name: string; readonly message: string }> =>
  call.then(
    () => ({ name: 'not refused', message: '' }),
    (error: unknown) =>
      error instanceof Error ? { name: error.name, message: error.message } : { name: String(error), message: '' },
  );
