import type { Actor, Origin } from '../core/actor.js';
import { type Terms, termsFor } from '../core/approval.js';
import { failure, fault, ok, type Result } from '../core/fault.js';
import { byName, foldNames } from '../core/names.js';
import { consentsIn } from '../core/params.js';
import { leftChanged, type Request, type Run } from '../core/run.js';
import { parseSelector, resolve } from '../core/selector.js';
import type { Target } from '../core/target.js';
import type { Driver } from './drive.js';
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
  const targets = resolve(request.selector, selector.value, await world.inventory.targets());
  return targets.ok ? openOn(world, driver, request, targets.value, by) : targets;
};

/** Opens the run that takes back what another run changed, for a key that opened none yet. Its targets are those. */
export const openRevert = async (
  world: World,
  driver: Driver,
  parent: Run,
  by: Omit<Asking, 'parent'>,
): Promise<Result<{ runId: string; fresh: boolean }>> => {
  const changed = [...parent.applications.values()].filter(leftChanged).map((a) => a.target);
  if (changed.length === 0) {
    return failure('run_ended', `The run ${parent.id} changed nothing.`, 'There is nothing to take back.');
  }
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
  return openOn(world, driver, request, targets, { ...by, parent: parent.id });
};

const openOn = async (
  world: World,
  driver: Driver,
  request: Request,
  targets: readonly Target[],
  by: Asking,
): Promise<Result<{ runId: string; fresh: boolean }>> => {
  if (request.mode === 'fix' || request.mode === 'revert') {
    const allowed = await mayChange(world, request, targets, by);
    if (!allowed.ok) return allowed;
  }
  const [consent] = consentsIn(request.params, world.runbooks.get(request.runbook)?.params ?? {});
  if (consent !== undefined) {
    const refused = by.actor.id.startsWith('schedule:') ? noConsent(consent) : await strangerFault(world, by.actor);
    if (refused) return { ok: false, fault: refused };
  }
  return ok(await record(world, driver, request, targets, by));
};

const noConsent = (param: string) =>
  fault('not_allowed', `A schedule cannot consent to \`${param}\`.`, 'Ask for it as a person, when it may be felt.');

const record = async (
  world: World,
  driver: Driver,
  request: Request,
  targets: readonly Target[],
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
  by: { readonly actor: Actor },
): Promise<Result<Terms>> => {
  if (by.actor.id.startsWith('schedule:')) {
    return failure(
      'not_allowed',
      `A schedule looks and plans; it cannot ask for \`${request.runbook} ${request.verb}\`.`,
      `Let it ask for \`${request.runbook} plan ${request.selector}\`; people press for the change.`,
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
      `\`${request.runbook} plan ${request.selector}\` shows what would change, without changing it.`,
    );
  }
  if (terms.value.requirement.kind === 'approval' && !by.actor.id.startsWith('slack:')) {
    return failure(
      'approval_needs_slack',
      'The policy asks for an approval here, and approving is done in Slack.',
      `Ask there: \`/${request.runbook} ${request.verb} ${request.selector}\`.`,
    );
  }
  return terms;
};
