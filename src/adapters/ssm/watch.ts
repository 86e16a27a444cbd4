import type { CommandInvocation } from '@aws-sdk/client-ssm';
import { type Fault, fault } from '../../core/fault.js';
import type { Post } from './order.js';
import { fraction, pause, within } from './pace.js';
import { type Seen, seenAlone, seenInList } from './seen.js';
import { isOver } from './status.js';
import { faultOf } from './trouble.js';

const FIRST_MS = 150;
const LONGEST_MS = 2_500;
/** Looks at the list without a host before it is asked for by itself. */
const PATIENCE = 3;
/** A page after the first, or a host by itself, is given up for this look after so long, ms. */
const PAGE_MS = 1_500;
const CANCEL_MS = 4_000;
const CANCEL_WINDOW_MS = 10;

/** Follows one command on all of its hosts: one paged list a look, at growing distances, while somebody waits. */
export class Watch {
  private readonly seen = new Map<string, Seen>();
  private readonly done = new AbortController();
  private looked: { readonly promise: Promise<void>; readonly resolve: () => void } = signal();
  private waiter = new AbortController();
  private followers = 0;
  private looks = 0;
  private cancelling: { readonly instances: string[]; readonly asked: Promise<boolean> } | undefined;
  /** When the look began that `of` answers with, ms since the epoch. */
  asOf = 0;
  /** Why nothing more will be seen. */
  failed: Fault | undefined;

  constructor(
    private readonly post: Post,
    readonly command: string,
    private readonly instances: readonly string[],
    private readonly marker: string,
  ) {}

  of(instance: string): Seen | undefined {
    return this.seen.get(instance);
  }

  /** To be followed by `leave`. */
  enter(): void {
    this.followers += 1;
    if (this.followers > 1) return;
    this.look().catch((error: unknown) => {
      const message = `a mistake in Runbolt (${error instanceof Error ? error.message : String(error)}).`;
      this.failed = fault('internal', message, 'Please report it; look at the host before you run it again.');
      this.looked.resolve();
    });
  }

  leave(): void {
    this.followers -= 1;
    if (this.followers === 0) this.done.abort();
  }

  /** Resolves after the next look. */
  next(): Promise<void> {
    return this.looked.promise;
  }

  /** Looks at once. */
  hurry(): void {
    this.waiter.abort();
  }

  /** Asks SSM to end the command on a host, and tells whether it took that; hosts at about the same time go into one call. */
  cancel(instance: string): Promise<boolean> {
    const { ssm, clock } = this.post;
    if (!this.cancelling) {
      const instances: string[] = [];
      const asked = pause(clock, CANCEL_WINDOW_MS, this.done.signal).then(() => {
        this.cancelling = undefined;
        const told = within(clock, CANCEL_MS, (limit) => ssm.cancel(this.command, instances, limit));
        return told.then(({ ok }) => ok);
      });
      this.cancelling = { instances, asked };
    }
    this.cancelling.instances.push(instance);
    return this.cancelling.asked;
  }

  private async look(): Promise<void> {
    const { clock, random } = this.post;
    const ended = this.done.signal;
    for (let ms = FIRST_MS; !ended.aborted && !this.failed; ms = Math.min(ms * 1.4, LONGEST_MS)) {
      await pause(clock, ms * (0.8 + fraction(random) * 0.4), AbortSignal.any([ended, this.waiter.signal]));
      this.waiter = new AbortController();
      const at = clock.now();
      await this.list(ended);
      this.looks += 1;
      if (this.looks >= PATIENCE) await this.askForMissing(ended);
      this.asOf = at;
      const { resolve } = this.looked;
      this.looked = signal();
      resolve();
    }
  }

  private async list(ended: AbortSignal): Promise<void> {
    let token: string | undefined;
    for (let page = 0; page <= this.instances.length; page += 1) {
      const input = {
        ...{ CommandId: this.command, Details: true, MaxResults: 50 },
        ...(token !== undefined && { NextToken: token }),
      };
      const call = (limit: AbortSignal) => this.post.ssm.invocations(input, limit);
      const answer = await (page === 0 ? call(ended) : within(this.post.clock, PAGE_MS, call, ended));
      if (!answer.ok) {
        // A page that is refused hides its hosts only: they are asked for one by one.
        if (page === 0 && !answer.stopped && !ended.aborted && answer.trouble.name !== 'InvalidCommandId')
          this.failed = faultOf(answer.trouble, this.post.ssm.where, 'ssm:ListCommandInvocations');
        return;
      }
      for (const invocation of answer.value.CommandInvocations ?? []) this.note(invocation);
      token = answer.value.NextToken;
      if (token === undefined) return;
    }
  }

  private async askForMissing(ended: AbortSignal): Promise<void> {
    for (const instance of this.instances) {
      const seen = this.seen.get(instance);
      if (ended.aborted || (seen && (isOver(seen.stage) || this.listed.has(instance)))) continue;
      const call = (limit: AbortSignal) => this.post.ssm.invocation(this.command, instance, undefined, limit);
      const answer = await within(this.post.clock, PAGE_MS, call, ended);
      if (!answer.ok) continue;
      this.seen.set(instance, seenAlone(answer.value));
    }
  }

  /** Hosts that the list itself has told of. */
  private readonly listed = new Set<string>();

  private note(invocation: CommandInvocation): void {
    if (invocation.InstanceId === undefined) return;
    this.listed.add(invocation.InstanceId);
    this.seen.set(invocation.InstanceId, seenInList(invocation, this.marker));
  }
}

const signal = (): { readonly promise: Promise<void>; readonly resolve: () => void } => {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
};
