import type { Execution } from '../../engine/ports.js';
import { type Frame, readFrame } from './frame.js';
import { deadlineOf, type Order, type Post } from './order.js';
import { lostAt, outcomeOf, overdue } from './outcome.js';
import { pause, within } from './pace.js';
import { keyOf } from './s3.js';
import type { Seen } from './seen.js';
import { isOver } from './status.js';
import type { Watch } from './watch.js';

/** The launcher ends the script at the limit: so long its word may take from there, ms. */
const GRACE_MS = 4_000;
/** A cancelled command may take so long to end, ms. */
const END_MS = 4_000;
/** Fetching output that is longer than the list shows, ms. */
const FETCH_MS = 10_000;
/** A look that began before the limit does not tell what stood at the limit; a newer one is waited for so long, ms. */
const LOOK_MS = 2_000;
/** So much base64 a frame has for each byte that is asked for, and then some: what is longer is not fetched. */
const EXPANSION = 3;

/** Waits for the end of a command on one host. Always answers, soon after the limit or the signal. */
export const follow = async (order: Order, id: string, watch: Watch, post: Post): Promise<Execution> => {
  const { target, script, aws, signal } = order;
  const { clock } = post;
  watch.enter();
  try {
    const deadline = deadlineOf(order);
    for (;;) {
      const seen = watch.of(aws.instance);
      if (seen && isOver(seen.stage)) return await conclude(order, id, seen, watch, post);
      if (watch.failed) return lostAt(target, watch.failed);
      if (signal.aborted) return await recall(order, watch, post);
      const now = clock.now();
      const begun = seen?.stage === 'running';
      const last = deadline + (begun ? GRACE_MS : 0);
      if (now >= last && (watch.asOf >= last || now >= last + LOOK_MS)) {
        return overdue(target, script, begun, await watch.cancel(aws.instance));
      }
      if (now >= deadline) watch.hurry();
      await tick(watch, clock, now < last ? last - now : LOOK_MS, signal);
    }
  } finally {
    watch.leave();
  }
};

/** Until the next look, at most so long, or the signal. */
const tick = async (watch: Watch, clock: Post['clock'], ms: number, signal: AbortSignal): Promise<void> => {
  const done = new AbortController();
  await Promise.race([watch.next(), pause(clock, ms, AbortSignal.any([signal, done.signal]))]);
  done.abort();
};

const recall = async ({ aws }: Order, watch: Watch, { clock }: Post): Promise<Execution> => {
  const until = clock.now() + END_MS;
  const never = new AbortController().signal;
  await Promise.race([watch.cancel(aws.instance), pause(clock, END_MS, never)]);
  for (let left = until - clock.now(); left > 0; left = until - clock.now()) {
    const seen = watch.of(aws.instance);
    if (seen && isOver(seen.stage)) break;
    watch.hurry();
    await tick(watch, clock, left, never);
  }
  return { kind: 'cancelled', sent: true };
};

/** Reads the launcher's frame from the list, from GetCommandInvocation, or from S3: where it is whole first. */
const conclude = async (order: Order, id: string, seen: Seen, watch: Watch, post: Post): Promise<Execution> => {
  const { script, target, startedAt } = order;
  const inList = readFrame(seen.text, id, script.maxBytes);
  const fetched = (limit: AbortSignal) => fetchFrame(order, id, seen, watch, post, limit);
  const silent = seen.text === '' && seen.stage !== 'ended';
  const frame = inList?.whole || silent ? inList : ((await within(post.clock, FETCH_MS, fetched)) ?? inList);
  return outcomeOf(frame, seen, { target, script, durationMs: post.clock.now() - startedAt });
};

const fetchFrame = async (
  { script, aws }: Order,
  id: string,
  seen: Seen,
  { command }: Watch,
  { ssm, outputs }: Post,
  limit: AbortSignal,
): Promise<Frame | undefined> => {
  const ask = (plugin: string | undefined) => ssm.invocation(command, aws.instance, plugin, limit);
  const byStep = await ask(seen.plugin);
  const told = !byStep.ok && byStep.trouble.name === 'InvalidPluginName' ? await ask(undefined) : byStep;
  const frame = told.ok ? readFrame(told.value.StandardOutputContent ?? '', id, script.maxBytes) : undefined;
  const url = (told.ok && told.value.StandardOutputUrl) || seen.url;
  const key = outputs && url ? keyOf(url, outputs.bucket) : undefined;
  if (frame?.whole || !outputs || !key) return frame;
  const text = await outputs.read(key, EXPANSION * script.maxBytes + 1_000, limit);
  return (text === undefined ? undefined : readFrame(text, id, script.maxBytes)) ?? frame;
};
