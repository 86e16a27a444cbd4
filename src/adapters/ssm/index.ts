import { createHash } from 'node:crypto';
import type { AwsConnection, SsmSettings } from '../../core/aws.js';
import { type Fault, fault } from '../../core/fault.js';
import type { AwsPlace, Target } from '../../core/target.js';
import type { Clock, Execution, RandomHex, Script, Transport } from '../../engine/ports.js';
import { credentialsOf } from '../aws/chain.js';
import { place } from '../shell/refusal.js';
import { Batches } from './batches.js';
import { deliver } from './deliver.js';
import { MAX_PACKED, pack } from './launcher.js';
import type { Order, Post } from './order.js';
import { lostAt } from './outcome.js';
import { s3Outputs } from './s3.js';
import { Ssm } from './ssm.js';

export interface SsmOptions {
  readonly clock: Clock;
  readonly random: RandomHex;
  readonly settings: SsmSettings;
  /** Asked for with the first script. The SDK's own, from the environment and `~/.aws`, when absent. */
  readonly connection?: () => Promise<AwsConnection>;
}

/**
 * Scripts through AWS Systems Manager, as root, whatever `become` says. The same script for several hosts of one region
 * and profile is one command. Endpoints and credentials are the SDK's own, from the environment and `~/.aws`; the SDK
 * (38 MB) is loaded with the first script.
 */
export const ssmTransport = (options: SsmOptions): Transport => {
  const closing = new AbortController();
  const posts = new Map<string, Post>();
  const running = new Set<Promise<unknown>>();
  const postOf = ({ region, profile }: AwsPlace): Post => {
    const key = `${region} ${profile ?? ''}`;
    const post = posts.get(key) ?? openPost(options, { region, ...(profile !== undefined && { profile }) });
    posts.set(key, post);
    return post;
  };
  const batches = new Batches(options.clock, (orders) => {
    const [first] = orders;
    if (!first) return;
    const delivering = deliver(orders, postOf(first.aws)).catch((error: unknown) => {
      for (const order of orders) order.settle(lostAt(order.target, mistake(error)));
    });
    running.add(delivering);
    void delivering.finally(() => running.delete(delivering));
  });
  return {
    execute: (target, script, signal) =>
      new Promise((settle) => {
        const order = orderOf(target, script, AbortSignal.any([signal, closing.signal]), settle, options.clock);
        if (!('packed' in order)) settle(order);
        else batches.add(keyOf(order), order);
      }),
    close: async () => {
      closing.abort();
      await Promise.allSettled(running);
      for (const { ssm, outputs } of posts.values()) {
        ssm.close();
        outputs?.close();
      }
    },
  };
};

const openPost = (
  { clock, random, settings, connection }: SsmOptions,
  where: Pick<AwsPlace, 'region' | 'profile'>,
): Post => {
  const credentials = credentialsOf(where, clock, connection);
  return {
    ssm: new Ssm(where, clock, random, credentials, connection),
    clock,
    random,
    document: settings.document,
    ...(settings.output && { outputs: s3Outputs(settings.output, where, credentials) }),
  };
};

const orderOf = (
  target: Target,
  script: Script,
  signal: AbortSignal,
  settle: (end: Execution) => void,
  clock: Clock,
): Order | Execution => {
  if (signal.aborted) return { kind: 'cancelled', sent: false };
  if (!target.aws) return { kind: 'unreachable', fault: nowhere(target) };
  const packed = pack(script.text);
  if (packed.length > MAX_PACKED) return { kind: 'unreachable', fault: tooLong(target, packed.length) };
  return { target, aws: target.aws, script, packed, startedAt: clock.now(), signal, settle };
};

const keyOf = ({ aws, script, packed }: Order): string =>
  createHash('sha256')
    .update(JSON.stringify([aws.region, aws.profile, script.limitMs, script.maxBytes, packed]))
    .digest('hex');

const nowhere = (target: Target): Fault =>
  fault('host_unresolved', `${target.name} names no instance in AWS.`, 'Give it `instance` and `region`.');

const tooLong = (target: Target, length: number): Fault =>
  fault(
    'script_too_long',
    `${place(target)}: the script is ${Math.ceil(length / 1024)} KB compressed, and SSM takes ${MAX_PACKED / 1024} KB.`,
    'Ask for less at once, or reach the host by ssh.',
  );

const mistake = (error: unknown): Fault =>
  fault(
    'internal',
    `a mistake in Runbolt (${error instanceof Error ? error.message : String(error)}).`,
    'Please report it; look at the host before you run it again.',
  );
