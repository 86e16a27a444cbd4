import type { Actor, Origin } from '../core/actor.js';
import { failure, ok, type Result } from '../core/fault.js';
import { inWords } from '../core/request-words.js';
import type { Driver } from './drive.js';
import type { Answer, FollowPress } from './engine.js';
import { openRevert, openRun } from './open-run.js';
import { unknownRun } from './unknown-run.js';
import { actionsOf } from './view-of.js';
import type { World } from './world.js';

/** Opens the run that a press in a run's thread asks for: its fix, the same again, or taking its changes back. */
export const follower =
  (world: World, runs: Driver) =>
  async (press: FollowPress, actor: Actor, key: string): Promise<Result<Answer>> => {
    const parent = await world.ledger.run(press.runId);
    if (!parent) return unknownRun(press.runId);
    const { request } = parent.opened;
    const by = { actor, origin: threadOf(parent.opened.origin), key };
    if (press.action === 'revert') return asAnswer(await openRevert(world, runs, parent, by));
    const known = await world.ledger.opened(key);
    if (known !== undefined) return ok({ kind: 'run', runId: known, fresh: false });
    if (!actionsOf(parent).includes(press.action)) {
      return failure('run_ended', `This run does not offer \`${press.action}\` now.`, 'Ask for a new run.');
    }
    const child = { ...by, parent: press.runId };
    if (press.action === 'again') {
      const again = { ...request, text: inWords(request, request.verb) };
      return asAnswer(await openRun(world, runs, again, child));
    }
    const write = world.runbooks.get(request.runbook)?.verbs.write;
    if (write === undefined) {
      return failure('verb_unknown', `\`${request.runbook}\` changes nothing.`, 'See its findings.');
    }
    const text = inWords(request, write);
    return asAnswer(await openRun(world, runs, { ...request, verb: write, mode: 'fix', text }, child));
  };

/**
 * Opens the run that takes back a run that was named, whoever asked for that one and where. It is told in that run's thread,
 * or where it was asked for when there is none.
 */
export const reverter =
  (world: World, runs: Driver) =>
  async (runId: string, by: { readonly actor: Actor; readonly origin: Origin; readonly key: string }) => {
    const parent = await world.ledger.run(runId);
    if (!parent) return unknownRun(runId);
    const own = parent.opened.origin;
    return asAnswer(await openRevert(world, runs, parent, own.door === 'cli' ? by : { ...by, origin: threadOf(own) }));
  };

/** A press in an audit's thread is a person's asking there, not the schedule's. */
const threadOf = (origin: Origin): Origin =>
  origin.door === 'schedule' ? { door: 'slack', channel: origin.channel } : origin;

export const asAnswer = (opened: Result<{ runId: string; fresh: boolean }>): Result<Answer> =>
  opened.ok ? ok({ kind: 'run', ...opened.value }) : opened;
