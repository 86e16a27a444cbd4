import type { SendCommandCommandInput } from '@aws-sdk/client-ssm';
import { type Fault, fault } from '../../core/fault.js';
import { launcher } from './launcher.js';
import { deadlineOf, type Order, type Post } from './order.js';
import { pause } from './pace.js';
import { faultOf, type Trouble } from './trouble.js';

/** What became of sending a command to some hosts. */
export type Sent =
  | { readonly kind: 'accepted'; readonly command: string; readonly id: string; readonly orders: readonly Order[] }
  /** Surely nothing was sent to any of them. */
  | { readonly kind: 'refused'; readonly fault: Fault; readonly orders: readonly Order[] }
  /** Nothing was sent, for SSM does not send to one or some of the instances. */
  | { readonly kind: 'some-refused'; readonly trouble: Trouble; readonly orders: readonly Order[] }
  /** It may have been sent. */
  | { readonly kind: 'lost'; readonly fault: Fault; readonly orders: readonly Order[] };

/** After an ambiguous end the command is looked for at these distances, ms; then it was not accepted. */
const LOOKS_MS = [200, 600, 1_200] as const;
const PAGES = 20;
/** Clocks may differ by so much; what was invoked earlier is not ours. */
const SKEW_MS = 120_000;
/** The service takes no less, and turns what is less than 5 s into an hour. */
const DELIVERY_S = 30;
const EXECUTION_S = 5;
/** The agent's own limit comes later than the launcher's, s. */
const BELT_S = 5;

/** Sends one command to all of the orders' hosts, at most once as far as anybody can see. Ends by the last limit. */
export const sendCommand = async (all: readonly Order[], post: Post): Promise<Sent> => {
  const { ssm, clock, random, document, outputs } = post;
  const id = random(16);
  const since = clock.now();
  const limit = new AbortController();
  const done = new AbortController();
  void pause(clock, Math.max(...all.map(deadlineOf)) - since, done.signal).then(() => limit.abort());
  let orders = all;
  let doubtful = false;
  const stop = AbortSignal.any([limit.signal, whenAll(all.map((o) => o.signal))]);
  const input = (): SendCommandCommandInput => {
    const limitMs = Math.max(1_000, Math.min(...orders.map((o) => deadlineOf(o) - clock.now())));
    const [first] = orders;
    const seconds = Math.ceil(limitMs / 1_000);
    return {
      DocumentName: document,
      InstanceIds: orders.map((o) => o.aws.instance),
      Comment: commentOf(id),
      TimeoutSeconds: Math.max(DELIVERY_S, seconds),
      MaxConcurrency: '50',
      MaxErrors: '100%',
      Parameters: {
        commands: [launcher({ id, packed: first?.packed ?? '', limitMs, maxBytes: first?.script.maxBytes ?? 0 })],
        executionTimeout: [String(Math.max(EXECUTION_S, seconds + BELT_S))],
      },
      ...(outputs && { OutputS3BucketName: outputs.bucket, OutputS3KeyPrefix: outputs.prefix }),
    };
  };
  try {
    for (;;) {
      if (!doubtful) orders = leaveOut(orders);
      if (orders.length === 0) return { kind: 'refused', fault: tooLate(ssm.where.region), orders };
      const answer = await ssm.send(input, doubtful ? limit.signal : stop);
      if (answer.ok) return { kind: 'accepted', command: answer.value, id, orders };
      const { trouble } = answer;
      if (answer.stopped) {
        if (doubtful) return { kind: 'lost', fault: maybeSent(ssm.where.region), orders };
        return { kind: 'refused', fault: tooLate(ssm.where.region), orders: leaveOut(orders) };
      }
      if (trouble.kind === 'throttled') continue;
      if (trouble.kind !== 'ambiguous') {
        if (doubtful) return { kind: 'lost', fault: faultOf(trouble, ssm.where, 'ssm:SendCommand'), orders };
        if (isOfInstances(trouble)) return { kind: 'some-refused', trouble, orders };
        return { kind: 'refused', fault: faultOf(trouble, ssm.where, 'ssm:SendCommand'), orders };
      }
      doubtful = true;
      const found = await lookUp(id, since, post, limit.signal);
      if (found.kind === 'found') return { kind: 'accepted', command: found.command, id, orders };
      if (found.kind === 'unknown') return { kind: 'lost', fault: found.fault ?? maybeSent(ssm.where.region), orders };
    }
  } finally {
    done.abort();
  }
};

/** Whether a refusal is for some of the instances: one that is not managed, runs Windows, or is not allowed to us. */
const isOfInstances = ({ name, message }: Trouble): boolean =>
  name === 'InvalidInstanceId' ||
  name === 'UnsupportedPlatformType' ||
  (name.startsWith('AccessDenied') && instancesIn(message).length > 0);

export const instancesIn = (text: string): readonly string[] => text.match(/\bm?i-[0-9a-f]{8,17}\b/g) ?? [];

const commentOf = (id: string): string => `runbolt ${id}`;

type Found =
  | { readonly kind: 'found'; readonly command: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly fault?: Fault };

/** Looks for the command by its comment, several times: it may be told of a little later than it was accepted. */
const lookUp = async (id: string, since: number, { ssm, clock }: Post, signal: AbortSignal): Promise<Found> => {
  const after = new Date(since + (await ssm.aheadMs()) - SKEW_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  for (const wait of LOOKS_MS) {
    await pause(clock, wait, signal);
    let token: string | undefined;
    for (let page = 0; page < PAGES; page += 1) {
      const answer = await ssm.commands(
        {
          Filters: [{ key: 'InvokedAfter', value: after }],
          MaxResults: 50,
          ...(token !== undefined && { NextToken: token }),
        },
        signal,
      );
      if (!answer.ok)
        return answer.stopped
          ? { kind: 'unknown' }
          : { kind: 'unknown', fault: faultOf(answer.trouble, ssm.where, 'ssm:ListCommands') };
      const command = answer.value.Commands?.find((c) => c.Comment === commentOf(id));
      if (command?.CommandId !== undefined) return { kind: 'found', command: command.CommandId };
      token = answer.value.NextToken;
      if (token === undefined) break;
    }
    if (token !== undefined) return { kind: 'unknown' };
  }
  return signal.aborted ? { kind: 'unknown' } : { kind: 'absent' };
};

/** Orders that were cancelled before anything was sent are answered, and not sent. */
const leaveOut = (orders: readonly Order[]): readonly Order[] =>
  orders.filter((order) => {
    if (order.signal.aborted) order.settle({ kind: 'cancelled', sent: false });
    return !order.signal.aborted;
  });

const whenAll = (signals: readonly AbortSignal[]): AbortSignal => {
  const all = new AbortController();
  const look = () => signals.every((s) => s.aborted) && all.abort();
  for (const signal of signals) signal.addEventListener('abort', look, { once: true });
  look();
  return all.signal;
};

const tooLate = (region: string): Fault =>
  fault(
    'host_timeout',
    `AWS did not take the command in ${region} within the limit, so nothing was sent.`,
    'Ask again, for fewer hosts at once, or raise the limit in runbolt.yaml.',
  );

const maybeSent = (region: string): Fault =>
  fault(
    'connection_lost',
    `AWS in ${region} did not say whether it took the command, so it may have run.`,
    'Look at the command history of Systems Manager, then ask again.',
  );
