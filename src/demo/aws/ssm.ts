import type { z } from 'zod';
import { type Command, cancel } from './commands.js';
import { PLUGIN, tellCommand, tellInvocation, tellResult } from './invocations.js';
import { managedNodes } from './nodes.js';
import { pageOf } from './pages.js';
import { answer, type Reply, refuse } from './reply.js';
import { sendCommand } from './send-command.js';
import * as inputs from './ssm-inputs.js';
import { type SsmState, telling } from './ssm-state.js';

/** Carries out a call of SSM by its name in `X-Amz-Target`. Undefined for one that is not offered. */
export const ssm = (operation: string, input: unknown, state: SsmState): Reply<object> | undefined => {
  switch (operation) {
    case 'SendCommand':
      return checked(inputs.sendCommand, input, (call) => sendCommand(call, state));
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
  const plugin = command.plan.step ?? PLUGIN;
  if (call.PluginName !== undefined && call.PluginName !== plugin) return refuse('InvalidPluginName', '');
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
