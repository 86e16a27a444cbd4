import type {
  DescribeInstanceInformationCommandInput,
  ListCommandInvocationsCommandInput,
  ListCommandInvocationsCommandOutput,
  ListCommandsCommandInput,
  SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { AwsConnection } from '../../core/aws.js';
import type { Clock, RandomHex } from '../../engine/ports.js';
import { type Credentials, CredentialsTimeout } from '../aws/credentials.js';
import { fraction, Pace, pause } from './pace.js';
import { isOfCredentials, type Trouble, troubleOf, type Where } from './trouble.js';

type Sdk = typeof import('@aws-sdk/client-ssm');

interface Open {
  readonly sdk: Sdk;
  readonly client: SSMClient;
}

/** A call is given up after so long, ms, also in the middle of an answer; then whether it was carried out is not known. */
const CONNECT_MS = 3_000;
const ANSWER_MS = 5_000;

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly trouble: Trouble; readonly stopped?: boolean };

/** The calls of SSM that Runbolt makes, for one region and profile. The SDK itself never sends a call again. */
export class Ssm {
  private readonly pace: Pace;
  private opened: Promise<Open> | undefined;

  constructor(
    readonly where: Where,
    private readonly clock: Clock,
    private readonly random: RandomHex,
    private readonly credentials: Credentials,
    private readonly connection?: () => Promise<AwsConnection>,
  ) {
    this.pace = new Pace(clock, random);
  }

  /** Once, as soon as the pace allows; `stopped` when the signal came first and nothing was sent. */
  async send(input: () => SendCommandCommandInput, signal: AbortSignal): Promise<Answer<string>> {
    return this.once(async ({ sdk, client }) => {
      const { Command } = await client.send(new sdk.SendCommandCommand(input()));
      if (Command?.CommandId === undefined) throw new Error('the answer names no command');
      return Command.CommandId;
    }, signal);
  }

  commands(input: ListCommandsCommandInput, signal: AbortSignal) {
    return this.repeat(({ sdk, client }) => client.send(new sdk.ListCommandsCommand(input)), signal);
  }

  invocations(
    input: ListCommandInvocationsCommandInput,
    signal: AbortSignal,
  ): Promise<Answer<ListCommandInvocationsCommandOutput>> {
    return this.repeat(({ sdk, client }) => client.send(new sdk.ListCommandInvocationsCommand(input)), signal);
  }

  invocation(command: string, instance: string, plugin: string | undefined, signal: AbortSignal) {
    const input = { CommandId: command, InstanceId: instance, ...(plugin !== undefined && { PluginName: plugin }) };
    return this.repeat(({ sdk, client }) => client.send(new sdk.GetCommandInvocationCommand(input)), signal);
  }

  cancel(command: string, instances: readonly string[], signal: AbortSignal) {
    const input = { CommandId: command, InstanceIds: [...instances] };
    return this.repeat(({ sdk, client }) => client.send(new sdk.CancelCommandCommand(input)), signal);
  }

  describe(instances: readonly string[], signal: AbortSignal) {
    return this.instances({ Filters: [{ Key: 'InstanceIds', Values: [...instances] }], MaxResults: 50 }, signal);
  }

  instances(input: DescribeInstanceInformationCommandInput, signal: AbortSignal) {
    return this.repeat(({ sdk, client }) => client.send(new sdk.DescribeInstanceInformationCommand(input)), signal);
  }

  /** How far the service's clock is ahead of ours, ms, as the SDK learned it from answers. */
  async aheadMs(): Promise<number> {
    return (await this.opened)?.client.config.systemClockOffset ?? 0;
  }

  close(): void {
    void this.opened?.then(({ client }) => client.destroy()).catch(() => {});
  }

  private async once<T>(call: (at: Open) => Promise<T>, signal: AbortSignal): Promise<Answer<T>> {
    const turn = await this.pace.turn(signal);
    if (signal.aborted) return { ok: false, stopped: true, trouble: STOPPED };
    try {
      const value = await this.credentials.use(async () => call(await this.open()), signal);
      this.pace.answered();
      return { ok: true, value };
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble.kind === 'throttled') this.pace.refused(turn);
      // Before the call, too.
      const stopped = error instanceof CredentialsTimeout && signal.aborted;
      return stopped ? { ok: false, trouble, stopped } : { ok: false, trouble };
    }
  }

  /** For calls that may be made twice: until there is an answer, a refusal, or the signal. */
  private async repeat<T>(call: (at: Open) => Promise<T>, signal: AbortSignal): Promise<Answer<T>> {
    for (let pauseMs = 100, last: Answer<T> | undefined; ; pauseMs = Math.min(2 * pauseMs, 2_000)) {
      const answer = await this.once(call, signal);
      if (answer.ok || answer.trouble.kind === 'refused') return answer;
      if (answer.stopped) return last ?? answer;
      if (isOfCredentials(answer.trouble)) return answer;
      last = answer;
      if (answer.trouble.kind !== 'throttled')
        await pause(this.clock, pauseMs * (0.5 + fraction(this.random) / 2), signal);
    }
  }

  private open(): Promise<Open> {
    this.opened ??= Promise.all([import('@aws-sdk/client-ssm'), this.connection?.()]).then(([sdk, connection]) => ({
      sdk,
      client: new sdk.SSMClient({
        ...this.where,
        ...(connection && { endpoint: connection.endpoint, useFipsEndpoint: false, useDualstackEndpoint: false }),
        credentials: this.credentials.forClient(),
        maxAttempts: 1,
        requestHandler: {
          ...{ connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
          socketTimeout: ANSWER_MS,
        },
      }),
    }));
    return this.opened;
  }
}

const STOPPED: Trouble = { kind: 'unsent', name: 'Stopped', message: 'the time was over before the call' };
