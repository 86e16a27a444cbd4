import type { Actor } from '../core/actor.js';
import { failure, ok, type Result } from '../core/fault.js';
import type { Cancels } from './cancels.js';
import type { Driver } from './drive.js';
import type { Answer } from './engine.js';
import { strangerFault } from './stranger.js';
import { unknownRun } from './unknown-run.js';
import type { World } from './world.js';

/** Cancels a run for a member of the workspace: what is being changed is finished first, nothing new is begun. */
export const canceller =
  (world: World, runs: Driver, switches: Cancels) =>
  async (runId: string, actor: Actor): Promise<Result<Answer>> => {
    if (!(await world.ledger.run(runId))) return unknownRun(runId);
    const stranger = await strangerFault(world, actor);
    if (stranger) return { ok: false, fault: stranger };
    const settled = await runs.settle(runId, (run) => ({
      events: run.phase === 'ended' || run.cancelled ? [] : [{ kind: 'cancelled', at: world.clock.now(), actor }],
      result: run.phase === 'ended',
    }));
    if (settled.ok && settled.result) {
      return failure('run_ended', `The run ${runId} has ended.`, 'Nothing is left to cancel.');
    }
    switches.cancel(runId);
    return ok({
      kind: 'text',
      lines: [`${runId} is being cancelled: hosts that are being changed are finished first.`],
    });
  };
