import { type Command, type Details, hasEnded, type Invocation, statusOf } from './commands.js';
import { LIMITS, streamText, togetherText } from './output.js';
import { s3Key } from './s3.js';

/**
 * How SSM tells of commands, member by member as in the answers that AWS recorded for its command line
 * (awscli/examples/ssm/*.rst). Nothing of a script's output before its end.
 */

export interface Telling {
  readonly endpoint: string;
  readonly cutOutput?: number;
  readonly spacedDetails?: boolean;
}

/** What runs the script: its only plugin. */
export const PLUGIN = 'aws:runShellScript';

export const tellCommand = (command: Command, telling: Telling): object => {
  const { plan, invocations } = command;
  const details = invocations.map((i) => i.details);
  const count = (...of: readonly Details[]): number => details.filter((d) => of.includes(d)).length;
  const whole = wholeDetails(command);
  return {
    CommandId: plan.id,
    DocumentName: plan.documentName,
    DocumentVersion: plan.documentVersion,
    Comment: plan.comment,
    ExpiresAfter: (command.requestedAt + (plan.deliveryTimeout + plan.executionTimeout) * 1000) / 1000,
    Parameters: plan.parameters,
    InstanceIds: plan.hosts.map((host) => host.instance),
    Targets: [],
    RequestedDateTime: command.requestedAt / 1000,
    Status: whole === 'Incomplete' ? 'Failed' : statusOf(whole),
    StatusDetails: spelt(whole, telling),
    OutputS3BucketName: plan.bucket,
    OutputS3KeyPrefix: plan.keyPrefix,
    MaxConcurrency: plan.maxConcurrency,
    MaxErrors: plan.maxErrors,
    TargetCount: invocations.length,
    CompletedCount: invocations.filter(hasEnded).length,
    ErrorCount: count('Failed', 'ExecutionTimedOut'),
    DeliveryTimedOutCount: count('DeliveryTimedOut'),
    ServiceRole: '',
    NotificationConfig: { NotificationArn: '', NotificationEvents: [], NotificationType: '' },
    CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
    TimeoutSeconds: plan.deliveryTimeout,
  };
};

/** A command's own state, by those of its invocations. */
const wholeDetails = ({ plan, invocations }: Command): Details | 'Incomplete' => {
  const details = invocations.map((i) => i.details);
  if (details.every((d) => d === 'Pending')) return 'Pending';
  if (!invocations.every(hasEnded)) return details.includes('Cancelling') ? 'Cancelling' : 'InProgress';
  if (details.every((d) => d === 'Success')) return 'Success';
  const over = (state: Details): boolean => details.filter((d) => d === state).length > plan.errorsAllowed;
  for (const state of ['Failed', 'ExecutionTimedOut', 'DeliveryTimedOut'] as const) if (over(state)) return state;
  return details.includes('Cancelled') ? 'Cancelled' : 'Incomplete';
};

export const tellInvocation = (
  command: Command,
  invocation: Invocation,
  withDetails: boolean,
  telling: Telling,
): object => ({
  CommandId: command.plan.id,
  InstanceId: invocation.host.instance,
  InstanceName: '',
  Comment: command.plan.comment,
  DocumentName: command.plan.documentName,
  DocumentVersion: command.plan.documentVersion,
  RequestedDateTime: command.requestedAt / 1000,
  Status: statusOf(invocation.details),
  StatusDetails: spelt(invocation.details, telling),
  StandardOutputUrl: outputUrl(command, invocation, 'stdout', telling),
  StandardErrorUrl: outputUrl(command, invocation, 'stderr', telling),
  CommandPlugins: withDetails ? [tellPlugin(command, invocation, telling)] : [],
  ServiceRole: '',
  NotificationConfig: { NotificationArn: '', NotificationEvents: [], NotificationType: '' },
  CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
});

const tellPlugin = (command: Command, invocation: Invocation, telling: Telling): object => {
  const { report, startedAt, endedAt } = invocation;
  const limit = Math.min(LIMITS.together, telling.cutOutput ?? LIMITS.together);
  return {
    Name: command.plan.step ?? PLUGIN,
    Status: pluginStatus(invocation.details),
    StatusDetails: spelt(invocation.details, telling),
    ResponseCode: report?.code ?? -1,
    ...(startedAt === undefined ? {} : { ResponseStartDateTime: startedAt / 1000 }),
    ...(endedAt === undefined || startedAt === undefined ? {} : { ResponseFinishDateTime: endedAt / 1000 }),
    Output: report ? togetherText(report.stdout, report.stderr, limit) : '',
    StandardOutputUrl: outputUrl(command, invocation, 'stdout', telling),
    StandardErrorUrl: outputUrl(command, invocation, 'stderr', telling),
    OutputS3Region: command.plan.region,
    OutputS3BucketName: command.plan.bucket,
    OutputS3KeyPrefix:
      command.plan.bucket === '' ? '' : s3Key(command.plan, invocation.host.instance, '').replace(/\/[^/]*\/$/, ''),
  };
};

/** A plugin knows fewer states than an invocation. */
const pluginStatus = (details: Details): string => {
  if (details === 'Delayed') return 'Pending';
  return details === 'Cancelling' ? 'InProgress' : statusOf(details);
};

export const tellResult = (command: Command, invocation: Invocation, telling: Telling): object => {
  const { report, startedAt, endedAt } = invocation;
  const cut = telling.cutOutput ?? Number.POSITIVE_INFINITY;
  return {
    CommandId: command.plan.id,
    InstanceId: invocation.host.instance,
    Comment: command.plan.comment,
    DocumentName: command.plan.documentName,
    DocumentVersion: command.plan.documentVersion,
    PluginName: command.plan.step ?? PLUGIN,
    ResponseCode: report?.code ?? -1,
    ExecutionStartDateTime: startedAt === undefined ? '' : new Date(startedAt).toISOString(),
    ExecutionElapsedTime: startedAt === undefined || endedAt === undefined ? '' : elapsed(endedAt - startedAt),
    ExecutionEndDateTime: startedAt === undefined || endedAt === undefined ? '' : new Date(endedAt).toISOString(),
    Status: statusOf(invocation.details),
    StatusDetails: spelt(invocation.details, telling),
    StandardOutputContent: report ? streamText(report.stdout, Math.min(LIMITS.stdout, cut)) : '',
    StandardOutputUrl: outputUrl(command, invocation, 'stdout', telling),
    StandardErrorContent: report ? streamText(report.stderr, Math.min(LIMITS.stderr, cut)) : '',
    StandardErrorUrl: outputUrl(command, invocation, 'stderr', telling),
    CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
  };
};

/** ISO 8601: `PT1.234S`. */
const elapsed = (ms: number): string => `PT${ms / 1000}S`;

const outputUrl = (
  { plan }: Command,
  { host }: Invocation,
  stream: 'stdout' | 'stderr',
  { endpoint }: Telling,
): string => (plan.bucket === '' ? '' : `${endpoint}/${plan.bucket}/${s3Key(plan, host.instance, stream)}`);

const spelt = (details: string, { spacedDetails }: Telling): string =>
  spacedDetails ? details.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ') : details;
