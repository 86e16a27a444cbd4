import type { z } from 'zod';
import type { RandomHex } from '../../engine/ports.js';
import { type Command, cancel, dispatch, hasEnded } from './commands.js';
import { bind } from './documents.js';
import type { LocalHost } from './hosts.js';
import { type Telling, tellCommand, tellInvocation, tellResult } from './invocations.js';
import { managedNodes } from './nodes.js';
import { pageOf } from './pages.js';
import { answer, type Reply, refuse } from './reply.js';
import * as inputs from './ssm-inputs.js';
import type { SsmState } from './ssm-state.js';

/** Carries out a call of SSM by its name in `X-Amz-Target`. Undefined for one that is not offered. */
export const ssm = (operation: string, input: unknown, state: SsmState): Reply<object> | undefined => {
  switch (operation) {
    case 'SendCommand':
      return checked(inputs.sendCommand, input, (call) => send(call, state));
    case 'ListCommands':
      return checked(inputs.listCommands, input, (call) => listCommands(call, state));
    case 'ListCommandInvocations':
      return checked(inputs.listCommandInvocations, input, (call) => listInvocations(call, state));
    case 'GetCommandInvocation':
      return checked(inputs.getCommandInvocation, input, (call) => getInvocation(call, state));
    case 'CancelCommand':
      return checked(inputs.cancelCommand, input, (call) => cancelCommand(call, state));
    case 'DescribeInstanceInformation':
      return checked(inputs.describeInstanceInformation, input, (call) => managedNodes(call, state));
    case 'ListTagsForResource':
      return checked(inputs.listTagsForResource, input, (call) => listTags(call, state));
    default:
      return undefined;
  }
};

const checked = <T>(shape: z.ZodType<T>, input: unknown, carryOut: (call: T) => Reply<object>): Reply<object> => {
  const read = inputs.readInput(shape, input);
  return read.ok ? carryOut(read.value) : read;
};

const send = (call: z.infer<typeof inputs.sendCommand>, state: SsmState): Reply<object> => {
  const name = call.DocumentName.replace(/^arn:aws:ssm:[^:]*:[^:]*:document\//, '');
  const document = state.documents.find((d) => d.name === name);
  if (!document) return refuse('InvalidDocument', `Document ${call.DocumentName} does not exist in your account`);
  if (/^[1-9]/.test(call.DocumentVersion ?? '') && call.DocumentVersion !== '1')
    return refuse('InvalidDocumentVersion', `Document version ${call.DocumentVersion} does not exist.`);
  const hosts = addressed(call, state);
  if (!hosts.ok) return hosts;
  const bound = bind(document, call.Parameters ?? {}, state.parameterStore);
  if (!bound.ok) return bound;
  const bucket = call.OutputS3BucketName ?? '';
  if (bucket !== '' && !state.buckets.has(bucket))
    return refuse('InvalidOutputFolder', 'The S3 bucket does not exist.');
  const share = (text: string): number =>
    text.endsWith('%') ? Math.floor((hosts.value.length * Number(text.slice(0, -1))) / 100) : Number(text);
  const maxConcurrency = call.MaxConcurrency ?? '50';
  const maxErrors = call.MaxErrors ?? '0';
  const command = dispatch(
    {
      ...{ id: uuid(state.random), region: state.region, comment: call.Comment ?? '', documentName: name },
      ...{ documentVersion: call.DocumentVersion ?? '', parameters: call.Parameters ?? {}, hosts: hosts.value },
      ...bound.value,
      ...(document.step !== undefined && { step: document.step }),
      ...{ deliveryTimeout: call.TimeoutSeconds ?? 3600, maxConcurrency, maxErrors, bucket },
      ...{ atOnce: Math.max(1, share(maxConcurrency)), errorsAllowed: share(maxErrors) },
      keyPrefix: call.OutputS3KeyPrefix ?? '',
    },
    state.dispatching,
  );
  state.commands.unshift(command);
  if (state.commands.length > REMEMBERED && state.commands.at(-1)?.invocations.every(hasEnded)) state.commands.pop();
  return answer({ Command: tellCommand(command, telling(state)) });
};

/** The hosts that a call names. One that SSM does not know, or that is gone, refuses the whole call. */
const addressed = (
  { InstanceIds: ids = [], Targets: targets = [] }: z.infer<typeof inputs.sendCommand>,
  state: SsmState,
): Reply<readonly LocalHost[]> => {
  if (ids.length === 0 && targets.length === 0) return refuse('InvalidInstanceId', 'Specify InstanceIds or Targets.');
  if (targets.length > 0) return refuse('ValidationException', 'The local AWS takes InstanceIds only.');
  if (new Set(ids).size < ids.length) return refuse('DuplicateInstanceId', '');
  const known = state
    .hosts()
    .filter((h) => h.ping !== 'unmanaged' && !['terminated', 'shutting-down'].includes(h.state));
  const hosts = ids.map((id) => known.find((host) => host.instance === id));
  const lost = ids.filter((_, index) => hosts[index] === undefined);
  if (lost.length > 0)
    return refuse(
      'InvalidInstanceId',
      `Instances [[${lost.join(', ')}]] not in a valid state for account ${state.account}`,
    );
  const present = hosts.filter((host) => host !== undefined);
  const windows = present.find((host) => host.platform === 'Windows');
  if (windows) {
    const words = `Cannot perform operation for instance id ${windows.instance} of platform type Windows`;
    return refuse('UnsupportedPlatformType', words);
  }
  return answer(present);
};

/** Commands that are told of; the service forgets them after 30 days. */
const REMEMBERED = 2_000;

/** The service is eventually consistent: what was accepted is told of a moment later. */
const visible = (state: SsmState): readonly Command[] => {
  const late = state.how().lateInvocations ?? 0;
  return state.commands.filter((command) => state.dispatching.clock.now() - command.requestedAt >= late);
};

const listCommands = (call: z.infer<typeof inputs.listCommands>, state: SsmState): Reply<object> => {
  const commands = selected(visible(state), call);
  if (!commands.ok) return commands;
  const found = commands.value.filter(
    ({ plan }) => !call.InstanceId || plan.hosts.some((host) => host.instance === call.InstanceId),
  );
  const page = pageOf(found, 'ListCommands', pageSize(call.MaxResults ?? 50, state), call.NextToken);
  if (!page.ok) return page;
  const { items, next } = page.value;
  return answer({ Commands: items.map((c) => tellCommand(c, telling(state))), ...(next && { NextToken: next }) });
};

const listInvocations = (call: z.infer<typeof inputs.listCommandInvocations>, state: SsmState): Reply<object> => {
  const commands = selected(visible(state), call);
  if (!commands.ok) return commands;
  const found = commands.value.flatMap((command) =>
    command.invocations
      .filter(({ host }) => !call.InstanceId || host.instance === call.InstanceId)
      .map((invocation) => ({ command, invocation })),
  );
  const page = pageOf(found, 'ListCommandInvocations', pageSize(call.MaxResults ?? 50, state), call.NextToken);
  if (!page.ok) return page;
  const { items, next } = page.value;
  const told = items.map((i) => tellInvocation(i.command, i.invocation, call.Details === true, telling(state)));
  return answer({ CommandInvocations: told, ...(next && { NextToken: next }) });
};

/** Commands by ID and filters, newest first. */
const selected = (
  commands: readonly Command[],
  { CommandId: id, Filters: filters = [] }: z.infer<typeof inputs.listCommands>,
): Reply<readonly Command[]> => {
  let left = commands.filter((c) => id === undefined || c.plan.id === id);
  for (const { key, value } of filters) {
    const at = Date.parse(value);
    if (key.startsWith('Invoked') && Number.isNaN(at))
      return refuse('ValidationException', `The date and time ${value} is not valid.`);
    if (key === 'ExecutionStage') return refuse('InvalidFilterKey', '');
    left = left.filter((command) => {
      if (key === 'InvokedAfter') return command.requestedAt >= at;
      if (key === 'InvokedBefore') return command.requestedAt < at;
      if (key === 'DocumentName') return command.plan.documentName === value;
      return Reflect.get(tellCommand(command, { endpoint: '' }), 'Status') === value;
    });
  }
  return answer(left);
};

const getInvocation = (call: z.infer<typeof inputs.getCommandInvocation>, state: SsmState): Reply<object> => {
  const command = visible(state).find((c) => c.plan.id === call.CommandId);
  const invocation = command?.invocations.find((i) => i.host.instance === call.InstanceId);
  if (!command || !invocation) return refuse('InvocationDoesNotExist', '');
  if (call.PluginName !== undefined && !/^aws:runShellScript$/i.test(call.PluginName))
    return refuse('InvalidPluginName', '');
  return answer(tellResult(command, invocation, telling(state)));
};

const cancelCommand = (call: z.infer<typeof inputs.cancelCommand>, state: SsmState): Reply<object> => {
  const command = state.commands.find((c) => c.plan.id === call.CommandId);
  if (!command) return refuse('InvalidCommandId', '');
  const instances = call.InstanceIds ?? [];
  if (new Set(instances).size < instances.length) return refuse('DuplicateInstanceId', '');
  if (instances.some((id) => !command.plan.hosts.some((host) => host.instance === id)))
    return refuse('InvalidInstanceId', '');
  cancel(command, instances);
  return answer({});
};

const listTags = (call: z.infer<typeof inputs.listTagsForResource>, state: SsmState): Reply<object> => {
  if (call.ResourceType !== 'ManagedInstance') return refuse('InvalidResourceType', '');
  const host = state.hosts().find((h) => h.instance === call.ResourceId && h.instance.startsWith('mi-'));
  if (!host) return refuse('InvalidResourceId', '');
  return answer({ TagList: Object.entries(host.tags).map(([Key, Value]) => ({ Key, Value })) });
};

const pageSize = (asked: number, state: SsmState): number => Math.min(asked, state.how().pageSize ?? asked);

const telling = (state: SsmState): Telling => {
  const { cutOutput, spacedDetails } = state.how();
  return {
    endpoint: state.endpoint,
    ...(cutOutput === undefined ? {} : { cutOutput }),
    ...(spacedDetails === undefined ? {} : { spacedDetails }),
  };
};

const uuid = (random: RandomHex): string =>
  `${random(4)}-${random(2)}-4${random(2).slice(1)}-a${random(2).slice(1)}-${random(6)}`;
