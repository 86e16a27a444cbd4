import type { SendCommandCommandInput } from '@aws-sdk/client-ssm';
import { type Fault, fault } from '../../core/fault.js';
import { launcher } from './launcher.js';
import { commentOf, lookUp } from './look-up.js';
import { deadlineOf, type Order, type Post } from './order.js';
import { pause } from './pace.js';
import { faultOf, isOfCredentials, type Trouble } from './trouble.js';

/** What became of sending a command to some hosts. */
export type Sent =
  | {
      readonly kind: 'accepted';
      readonly command: string;
      readonly id: string;
      readonly orders: readonly Order[];
      /** It was sent before, too, and nobody saw what became of that: the host runs the script once, by one of them. */
      readonly again: boolean;
    }
  /** Surely nothing was sent to any of them. */
  | { readonly kind: 'refused'; readonly fault: Fault; readonly orders: readonly Order[] }
  /** Nothing was sent, for SSM does not send to one or some of the instances. */
  | { readonly kind: 'some-refused'; readonly trouble: Trouble; readonly orders: readonly Order[] }
  /** It may have been sent. */
  | { readonly kind: 'lost'; readonly fault: Fault; readonly orders: readonly Order[] };

const CALL = 'ssm:SendCommand';
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
  /** Ends of sending that said nothing. */
  let doubts = 0;
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
      if (doubts === 0) orders = leaveOut(orders);
      if (orders.length === 0) return { kind: 'refused', fault: tooLate(ssm.where.region), orders };
      const answer = await ssm.send(input, doubts > 0 ? limit.signal : stop);
      if (answer.ok) return { kind: 'accepted', command: answer.value, id, orders, again: doubts > 0 };
      const { trouble } = answer;
      if (answer.stopped) {
        if (doubts > 0) return { kind: 'lost', fault: maybeSent(ssm.where.region), orders };
        const why = isOfCredentials(trouble) ? faultOf(trouble, ssm.where, CALL) : tooLate(ssm.where.region);
        return { kind: 'refused', fault: why, orders: leaveOut(orders) };
      }
      if (trouble.kind === 'throttled') continue;
      if (trouble.kind !== 'ambiguous') {
        if (doubts > 0) return { kind: 'lost', fault: faultOf(trouble, ssm.where, CALL), orders };
        if (isOfInstances(trouble)) return { kind: 'some-refused', trouble, orders };
        return { kind: 'refused', fault: faultOf(trouble, ssm.where, CALL), orders };
      }
      doubts += 1;
      const found = await lookUp(id, since, post, limit.signal);
      if (found.kind === 'found') return { kind: 'accepted', command: found.command, id, orders, again: doubts > 1 };
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
