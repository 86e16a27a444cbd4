import type { z } from 'zod';
import type { RandomHex } from '../../engine/ports.js';
import { dispatch, hasEnded } from './commands.js';
import { bind } from './documents.js';
import type { LocalHost } from './hosts.js';
import { tellCommand } from './invocations.js';
import { answer, type Reply, refuse } from './reply.js';
import type * as inputs from './ssm-inputs.js';
import { type SsmState, telling } from './ssm-state.js';

/** Commands that are told of; the service forgets them after 30 days. */
const REMEMBERED = 2_000;

/** SendCommand to instances by their IDs. Refused as a whole, or sent to all. */
export const sendCommand = (call: z.infer<typeof inputs.sendCommand>, state: SsmState): Reply<object> => {
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

const uuid = (random: RandomHex): string =>
  `${random(4)}-${random(2)}-4${random(2).slice(1)}-a${random(2).slice(1)}-${random(6)}`;
