import type { Step } from '../core/change-type.js';
import type { Observation, Verdict } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { observe, type Subject } from './gather.js';
import { fillPhrase } from './phrase.js';
import { drivers } from './propose.js';
import type { World } from './world.js';

/** Why a proof does not convince. `failed`: the symptom is still there, or another one came; else it cannot be told. */
export interface Doubt {
  readonly failed: boolean;
  readonly reason: string;
}

/** Before a look that did not come about is taken once more, ms. */
const AGAIN_MS = 2_000;

/**
 * Reads and judges a target again after its change. A look that did not come about (the host is not reached, or does not
 * answer in time) is taken once more: a changed host whose state is not known costs a person more than a second reading.
 * Where the symptom still shows and a fact says that what it reads settles (`settlesMs`), it waits that long, once, and
 * looks again: the second look counts.
 */
export const prove = async (
  world: World,
  subject: Subject,
  before: Observation | undefined,
  steps: readonly Step[],
): Promise<{ readonly proof: Observation; readonly doubt: Doubt | undefined }> => {
  const gatherer = { ...world, limitMs: world.config.limits.gatherMs };
  const read = () => observe(gatherer, subject, new AbortController().signal);
  const look = async () => {
    let proof = await read();
    if (proof.missed) {
      await world.clock.sleep(AGAIN_MS);
      proof = await read();
    }
    return { proof, doubt: doubtAfter(subject.runbook, before, proof, steps) };
  };
  const first = await look();
  const settlesMs = Math.max(0, ...subject.runbook.facts.map(({ type }) => settling(world, type)));
  if (!first.doubt?.failed || settlesMs === 0) return first;
  await world.clock.sleep(settlesMs);
  return look();
};

const settling = ({ registry }: World, type: string): number => {
  const kind = registry.facts.get(type);
  return kind && 'probe' in kind ? (kind.settlesMs ?? 0) : 0;
};

/** Why the proof does not convince: a check that asked for the change fails still, or one that was fine no longer is. */
const doubtAfter = (
  runbook: Runbook,
  before: Observation | undefined,
  proof: Observation,
  steps: readonly Step[],
): Doubt | undefined => {
  if (proof.missed) return { failed: false, reason: proof.missed.fault.message };
  const applied = runbook.changes.filter((c) => steps.some((s) => s.change === c.name));
  const wanted = new Set(applied.flatMap((c) => drivers(c, before?.verdicts ?? [])));
  const open = proof.verdicts.filter((v) => wanted.has(v.check) && (v.kind === 'fail' || v.kind === 'error'));
  const worst = open.find((v) => v.kind === 'fail') ?? open[0];
  if (worst)
    return { failed: worst.kind === 'fail', reason: `${worst.check} still says: ${fillPhrase(worst.message)}` };
  const earlier = before?.verdicts ?? [];
  const count = (verdicts: readonly Verdict[], { check }: Verdict, kind: Verdict['kind']) =>
    verdicts.filter((v) => v.check === check && v.kind === kind).length;
  const known = (v: Verdict) => earlier.some((e) => e.check === v.check) && count(earlier, v, 'error') === 0;
  // Of a check that is judged for several items, one more that fails is a turn for the worse.
  const turned = proof.verdicts.find(
    (v) =>
      v.kind === 'fail' &&
      v.severity === 'critical' &&
      known(v) &&
      count(proof.verdicts, v, 'fail') > count(earlier, v, 'fail'),
  );
  if (turned) return { failed: true, reason: `${turned.check} now says: ${fillPhrase(turned.message)}` };
  const unread = proof.verdicts.find((v) => v.kind === 'error' && known(v) && count(earlier, v, 'fail') === 0);
  return unread && { failed: false, reason: `${unread.check} cannot be judged now: ${fillPhrase(unread.message)}` };
};
