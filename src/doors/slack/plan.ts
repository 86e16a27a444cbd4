import type { PlanView, RunView } from '../../engine/view.js';
import { type Block, type Body, context, LIMITS, pack, plainSection, section } from './blocks.js';
import { buttons } from './button.js';
import { exact, mention, mrkdwn, type TimeOfDay } from './safe-text.js';
import { hosts } from './summary.js';

const MAX_APPROVERS = 20;

const who = (view: RunView, plan: PlanView): string => {
  const requester = `@${mrkdwn(view.actor.name.replace(/^@/u, ''), 80)}`;
  if (plan.approvers.length === 0) return `waits for ${requester} to press Apply`;
  const others = plan.approvers.filter((id) => plan.selfApproval || `slack:${id}` !== view.actor.id);
  const able = others.length > 0 ? others : plan.approvers;
  const named = able.slice(0, MAX_APPROVERS).map(mention).join(', ');
  const more = able.length - MAX_APPROVERS;
  return `needs one of ${named}${more > 0 ? ` and ${more} more` : ''}${plan.selfApproval ? '' : `, not ${requester}`}`;
};

const open = (view: RunView, plan: PlanView, time: TimeOfDay): string =>
  `${who(view, plan)} · expires ${time(plan.expiresAt)}`;

const decision = (plan: PlanView, time: TimeOfDay): string | undefined => {
  const { decided } = plan;
  if (!decided) return undefined;
  if (decided.verdict === 'expired') return `✗ expired at ${time(decided.at)}, nothing was changed`;
  const by = decided.actor ? ` by @${mrkdwn(decided.actor.name.replace(/^@/u, ''), 80)}` : '';
  const mark = decided.verdict === 'denied' ? '✗' : '✓';
  return `${mark} ${decided.verdict}${by} at ${time(decided.at)}`;
};

const effect = (e: PlanView['effects'][number]): Block =>
  plainSection(`• ${exact(e.text, 1800)}  ·  ${hosts(e.count)}  ${exact(e.hosts, 600)}`);

const refusal = (r: PlanView['refusals'][number]): Block =>
  plainSection(`! not changed: ${exact(r.text, 1800)}  ·  ${hosts(r.count)}  ${exact(r.hosts, 600)}`);

/** So many effects get a section each: every client shows them on lines of their own. */
const SECTIONS = 20;

/** Neighbouring exact sections joined as far as one section holds where they are many, since a message has few blocks. */
const joined = (blocks: readonly Block[]): readonly Block[] => {
  if (blocks.length <= SECTIONS) return blocks;
  const out: Block[] = [];
  for (const block of blocks) {
    const last = out.at(-1);
    const together =
      last?.type === 'section' && block.type === 'section' ? `${last.text.text}\n${block.text.text}` : undefined;
    if (together && together.length <= LIMITS.section) out.splice(-1, 1, plainSection(together));
    else out.push(block);
  }
  return out;
};

/** The plan: its digest, who must decide until when, every consequence with its hosts, and the decision once made. */
export const planMessage = (view: RunView, plan: PlanView, time: TimeOfDay): Body => {
  const decided = decision(plan, time);
  const state = decided ?? (view.mode === 'plan' ? 'only planned, nothing is changed' : open(view, plan, time));
  const environments = view.environments.slice(0, 4).map((e) => mrkdwn(e, 40));
  const title = [...environments, `plan ${mrkdwn(plan.short, 40)}`, hosts(plan.targets)].join(' · ');
  const line = `${title} · ${state}`;
  const decide = decided
    ? []
    : buttons(view, 'plan', ['approve', 'apply', 'deny', ...(view.parent ? (['details'] as const) : [])]);
  const tail = [context(mrkdwn(plan.rollout, 900) || 'no rollout'), ...decide];
  const middle = joined([...plan.effects.map(effect), ...plan.refusals.map(refusal)]);
  const blocks = pack(
    [section(line)],
    middle,
    (block) => block,
    tail,
    () => context('and more than fits here: press Details for report.txt, which has every change'),
  );
  return { text: line, blocks };
};
