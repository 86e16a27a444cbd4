import { type Fault, fault } from '../../core/fault.js';
import { cleanLine } from '../../core/text.js';
import type { Execution } from '../../engine/ports.js';
import { place } from '../shell/refusal.js';
import { follow } from './follow.js';
import type { Order, Post } from './order.js';
import { lostAt, NOTHING, offline } from './outcome.js';
import { within } from './pace.js';
import { instancesIn, type Sent, sendCommand } from './send.js';
import { faultOf, type Trouble } from './trouble.js';
import { Watch } from './watch.js';

const ASK_MS = 5_000;

/** Sends the same script to some hosts, and answers each order. */
export const deliver = async (orders: readonly Order[], post: Post): Promise<void> => {
  if (orders.length === 0) return;
  const sent = await sendCommand(orders, post);
  switch (sent.kind) {
    case 'accepted':
      return followAll(sent, post);
    case 'refused':
      // What is wrong with AWS is wrong for all hosts, and told once.
      for (const order of sent.orders) order.settle({ kind: 'unreachable', fault: sent.fault });
      return;
    case 'lost':
      for (const order of sent.orders) order.settle(lostAt(order.target, sent.fault));
      return;
    case 'some-refused':
      return sortOut(sent.orders, sent.trouble, post);
  }
};

const followAll = async (
  { command, id, orders, again }: Extract<Sent, { kind: 'accepted' }>,
  post: Post,
): Promise<void> => {
  const instances = orders.map((o) => o.aws.instance);
  const watch = new Watch(post, command, instances, `runbolt ${id} `);
  await Promise.all(
    orders.map(async (order) => {
      const end = await follow(order, id, watch, post);
      order.settle(again ? doubted(end) : end);
    }),
  );
};

/** Where a command may have been sent twice, that one of them did not reach the host says nothing of the other. */
const doubted = (end: Execution): Execution =>
  end.kind === 'unreachable' ? { kind: 'lost', fault: end.fault, output: NOTHING } : end;

const atHost = ({ target }: Order, { code, message, next }: Fault): Fault =>
  fault(code, `${place(target)}: ${message}`, next);

/**
 * One instance that SSM does not know, or cannot send to, refuses the command for all. The ones that the answer names are
 * answered, the others sent for again; where it names none, both halves are tried.
 */
const sortOut = async (orders: readonly Order[], trouble: Trouble, post: Post): Promise<void> => {
  const [only] = orders;
  if (only && orders.length === 1)
    return only.settle({ kind: 'unreachable', fault: await whyNot(only, trouble, post) });
  const named = new Set(instancesIn(trouble.message));
  const bad = orders.filter((o) => named.has(o.aws.instance));
  const good = orders.filter((o) => !named.has(o.aws.instance));
  if (bad.length > 0) {
    await Promise.all([
      deliver(good, post),
      ...bad.map(async (o) => o.settle({ kind: 'unreachable', fault: await whyNot(o, trouble, post) })),
    ]);
    return;
  }
  const half = Math.ceil(orders.length / 2);
  await Promise.all([deliver(orders.slice(0, half), post), deliver(orders.slice(half), post)]);
};

/** Asks SSM what it knows of an instance that it does not send to. */
const whyNot = async (order: Order, trouble: Trouble, { ssm, clock }: Post): Promise<Fault> => {
  const { target, aws } = order;
  if (trouble.name !== 'InvalidInstanceId') return atHost(order, faultOf(trouble, ssm.where, 'ssm:SendCommand'));
  const answer = await within(clock, ASK_MS, (limit) => ssm.describe([aws.instance], limit));
  const known = answer.ok
    ? answer.value.InstanceInformationList?.find((i) => i.InstanceId === aws.instance)
    : undefined;
  if (known?.PingStatus !== undefined && known.PingStatus !== 'Online')
    return offline(target, `its agent is not online (${known.PingStatus})`);
  if (answer.ok && !known)
    return fault(
      'instance_unmanaged',
      `${place(target)} is not a managed instance in ${aws.region}.`,
      'Check instance, region and profile; the instance needs a running amazon-ssm-agent and a role for Systems Manager.',
    );
  return fault(
    'instance_unmanaged',
    `SSM does not send to ${place(target)}: ${cleanLine(trouble.message, 160) || trouble.name}.`,
    'Check that the instance runs, and that its amazon-ssm-agent is registered in this region.',
  );
};
