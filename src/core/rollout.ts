import { byName } from './names.js';
import type { Rollout } from './runbook.js';

/** The order of a rollout: the canaries first, then batches. Every target is in exactly one wave. */
export const wavesOf = (targets: readonly string[], rollout: Rollout): readonly (readonly string[])[] => {
  const sorted = [...targets].sort(byName);
  const canaries = sorted.slice(0, rollout.canary);
  const rest = sorted.slice(rollout.canary);
  const size =
    'count' in rollout.batch
      ? rollout.batch.count
      : Math.max(1, Math.ceil((sorted.length * rollout.batch.percent) / 100));
  const batches: string[][] = [];
  for (let i = 0; i < rest.length; i += size) batches.push(rest.slice(i, i + size));
  return [canaries, ...batches].filter((wave) => wave.length > 0);
};

/** `canary web-1, then 25 % at a time, stops at the first failure` */
export const describeRollout = (canary: string, targets: number, rollout: Rollout): string => {
  const batch = 'count' in rollout.batch ? `${rollout.batch.count}` : `${rollout.batch.percent} %`;
  const then = targets > rollout.canary ? `, then ${batch} at a time` : '';
  const stop = rollout.stopAfterFailures === 1 ? 'the first failure' : `${rollout.stopAfterFailures} failures`;
  return `canary ${canary}${then}, stops at ${stop}`;
};
