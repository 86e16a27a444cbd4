import type { Run, Stage } from '../core/run.js';

/** A part of a run that one worker carries out: targets of one zone, and of one wave where they are changed. */
export interface Shard {
  readonly zone?: string;
  /** Position of its wave in the rollout; 0 for what is read. */
  readonly wave: number;
  readonly targets: readonly string[];
}

/** Most targets of a shard: alone enough that few writes do, else few enough that each worker has its part of a run. */
export const shardSize = (shared: boolean): number => (shared ? 8 : 16);

/** By the event that settles them: they never change after it. */
const known = new WeakMap<object, readonly Shard[]>();

/** All shards of a stage; their positions are their numbers. The same for every process and at every time. */
export const shardsOf = (run: Run, stage: Stage): readonly Shard[] => {
  const source = stage === 'gather' ? run.opened : run.planned;
  if (!source) return [];
  const shards = known.get(source) ?? cut(run, stage);
  known.set(source, shards);
  return shards;
};

const cut = ({ opened, planned }: Run, stage: Stage): readonly Shard[] => {
  const zones = new Map(opened.targets.map((t) => [t.name, t.zone]));
  const waves = stage === 'gather' ? [opened.targets.map((t) => t.name)] : (planned?.waves ?? []);
  return waves.flatMap((names, wave) => {
    const byZone = new Map<string | undefined, string[]>();
    for (const name of names) byZone.set(zones.get(name), [...(byZone.get(zones.get(name)) ?? []), name]);
    return [...byZone].flatMap(([zone, members]) =>
      slices(members, opened.shard).map((targets) => ({ ...(zone !== undefined && { zone }), wave, targets })),
    );
  });
};

const slices = (names: readonly string[], size: number): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(names.length / size) }, (_, i) => names.slice(i * size, (i + 1) * size));
