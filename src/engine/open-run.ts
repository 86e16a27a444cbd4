import type { Actor, Origin } from '../core/actor.js';
import { type Terms, termsFor } from '../core/approval.js';
import { failure, fault, ok, type Result } from '../core/fault.js';
import { byName, foldNames } from '../core/names.js';
import { consentsIn } from '../core/params.js';
import { inWords } from '../core/request-words.js';
import { type Resolved, resolve } from '../core/resolve.js';
import { type Request, type Run, standing } from '../core/run.js';
import { parseSelector } from '../core/selector.js';
import type { Target } from '../core/target.js';
import type { Driver } from './drive.js';
import { noRevertOf } from './reverts.js';
import { shardSize } from './shards.js';
import { strangerFault } from './stranger.js';
import type { World } from './world.js';

/** Who asks, where the answer is told, the name of the delivery, and the run in whose thread it goes on. */
interface Asking {
  readonly actor: Actor;
  readonly origin: Origin;
  readonly key: string;
  readonly parent?: string;
}

/** Opens a run for a request: resolves its targets, asks the policies, writes it down, hands it to the courier. */
export const openRun = async (
  world: World,
  driver: Driver,
  request: Request,
  by: Asking,
): Promise<Result<{ runId: string; fresh: boolean }>> => {
  const known = await world.ledger.opened(by.key);
  if (known !== undefined) return ok({ runId: known, fresh: false });
  const selector = parseSelector(request.selector, world.config.groups);
  if (!selector.ok) return selector;
  const fleet = await world.inventory.targets();
  const found = resolve(request.selector, selector.value, fleet, spelt(by) ? 'all' : 'any');
  return found.ok ? openOn(world, driver, request, found.value, by) : found;
};

/** Whether a person has just written the selector. A schedule, or a press in a thread, must not stand still for a part. */
const spelt = (by: Asking): boolean => by.parent === undefined && !by.actor.id.startsWith('schedule:');

/** Opens the run that takes back what still stands of another run. Its targets are those hosts. */
export const openRevert = async (
  world: World,
  driver: Driver,
  parent: Run,
  by: Omit<Asking, 'parent'>,
): Promise<Result<{ runId: string; fresh: boolean }>> => {
  const known = await world.ledger.opened(by.key);
  if (known !== undefined) return ok({ runId: known, fresh: false });
  const nothing = noRevertOf(parent);
  if (nothing) return { ok: false, fault: nothing };
  const changed = standing(parent).map((a) => a.target);
  const { runbook } = parent.opened.request;
  const verb = world.runbooks.get(runbook)?.verbs.write ?? 'fix';
  const request: Request = {
    runbook,
    verb,
    mode: 'revert',
    selector: foldNames(changed),
    params: parent.opened.request.params,
    given: parent.opened.request.given,
    text: `revert ${runbook} ${verb} on ${foldNames(changed)}`,
  };
  const targets = (await world.inventory.targets())
    .filter((t) => changed.includes(t.name))
    .sort((a, b) => byName(a.name, b.name));
  if (targets.length === 0) {
    return failure('selector_empty', `${request.selector} is not in the inventory any more.`, 'Look at `targets`.');
  }
  const unmatched = changed.filter((name) => !targets.some((t) => t.name === name));
  return openOn(world, driver, request, { targets, unmatched }, { ...by, parent: parent.id });
};

const openOn = async (
  world: World,
  driver: Driver,
  request: Request,
  found: Resolved,
  by: Asking,
): Promise<Result<{ runId: string; fresh: boolean }>> => {
  const { targets } = found;
  if (request.mode === 'fix' || request.mode === 'revert') {
    const allowed = await mayChange(world, request, targets, by);
    if (!allowed.ok) return allowed;
  }
  const [consent] = consentsIn(request.params, world.runbooks.get(request.runbook)?.params ?? {});
  if (consent !== undefined) {
    const refused = by.actor.id.startsWith('schedule:') ? noConsent(consent) : await strangerFault(world, by.actor);
    if (refused) return { ok: false, fault: refused };
  }
  return ok(await record(world, driver, request, found, by));
};

const noConsent = (param: string) =>
  fault('not_allowed', `A schedule cannot consent to \`${param}\`.`, 'Ask for it as a person, when it may be felt.');

const record = async (
  world: World,
  driver: Driver,
  request: Request,
  { targets, unmatched }: Resolved,
  by: Asking,
): Promise<{ runId: string; fresh: boolean }> => {
  const most = shardSize(world.shared);
  const shards = Math.max(targets.length > 3 ? 2 : 1, Math.ceil(targets.length / most));
  const opened = await world.ledger.open(by.key, {
    kind: 'opened',
    at: world.clock.now(),
    actor: by.actor,
    origin: by.origin,
    request,
    targets: targets.map(({ name, labels, transport, zone, aws }) => ({
      ...{ name, labels, transport },
      ...(zone !== undefined && { zone }),
      ...(aws && { instance: aws.instance }),
    })),
    ...(unmatched.length > 0 && { unmatched }),
    shard: Math.ceil(targets.length / shards),
    ...(by.parent !== undefined && { parent: by.parent }),
  });
  if (opened.fresh) await driver.proceed(opened.runId);
  return opened;
};

const mayChange = async (
  world: World,
  request: Request,
  targets: readonly Target[],
  by: Pick<Asking, 'actor' | 'parent'>,
): Promise<Result<Terms>> => {
  if (by.actor.id.startsWith('schedule:')) {
    return failure(
      'not_allowed',
      `A schedule looks and plans; it cannot ask for \`${request.runbook} ${request.verb}\`.`,
      `Let it ask for \`${inWords(request, 'plan')}\`; people press for the change.`,
    );
  }
  const stranger = await strangerFault(world, by.actor);
  if (stranger) return { ok: false, fault: stranger };
  const terms = termsFor(targets, request.verb, world.config);
  if (!terms.ok) return terms;
  for (const ids of terms.value.allowed) {
    if (await world.people.entitled(by.actor.id, ids)) continue;
    return failure(
      'not_allowed',
      `The policy lets only ${ids.join(', ')} ask for \`${request.runbook} ${request.verb}\` on these hosts.`,
      by.parent !== undefined && request.mode === 'revert'
        ? `Ask one of them for \`/runbolt revert ${by.parent}\`.`
        : `\`${inWords(request, 'plan')}\` shows what would change, without changing it.`,
    );
  }
  if (terms.value.requirement.kind === 'approval' && !by.actor.id.startsWith('slack:')) {
    return failure(
      'approval_needs_slack',
      'The policy asks for an approval here, and approving is done in Slack.',
      by.parent !== undefined && request.mode === 'revert'
        ? `Ask there: \`/runbolt revert ${by.parent}\`.`
        : `Ask there: \`/${inWords(request, request.verb)}\`.`,
    );
  }
  return terms;
};
