import type { GroupView, Mark, RunView } from '../../engine/view.js';
import { type Block, type Body, context, header, LIMITS, lines, pack, section } from './blocks.js';
import { buttons } from './button.js';
import { mrkdwn, mrkdwnLines, plain } from './safe-text.js';

const MARKS: Readonly<Record<Mark, string>> = {
  critical: '✗',
  warning: '!',
  unknown: '?',
  unreachable: '?',
  ok: '✓',
};

export const hosts = (count: number): string => (count === 1 ? '1 host' : `${count} hosts`);

/** `1.2 s`, `45 s`, `3 min 5 s` */
export const duration = (ms: number): string => {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

const reached = (view: RunView): string[] => {
  if (!view.coverage) return [];
  const { total, reached: read, answered } = view.coverage;
  return [
    view.phase === 'gathering' && answered < total
      ? `${answered} of ${hosts(total)} answered`
      : `${read} of ${hosts(total)} reached`,
  ];
};

/** Only reading takes a time worth telling; a plan waits for people. */
const took = (view: RunView): string[] =>
  view.endedAt === undefined || view.plan ? [] : [duration(view.endedAt - view.startedAt)];

const asked = (view: RunView): string[] => [view.selector, ...(view.params === undefined ? [] : [view.params])];

/** `PROD · tcp verify · web-* · 12 of 12 hosts reached · asked by @ana · 1.2 s` */
const headline = (view: RunView): string =>
  [
    ...view.environments.slice(0, 4),
    view.command,
    ...asked(view),
    ...reached(view),
    view.audit ? `schedule ${view.audit.schedule}` : `asked by @${view.actor.name.replace(/^@/u, '')}`,
    ...took(view),
  ].join(' · ');

const waiting = (view: RunView): Block[] =>
  view.waiting
    ? [
        context(
          `? ${hosts(view.waiting.count)}  ${mrkdwn(view.waiting.hosts, 600)}  still being read, ` +
            `counted as timed out after ${duration(view.waiting.limitMs)}`,
        ),
      ]
    : [];

const unmatched = (view: RunView): Block[] =>
  view.unmatched === undefined ? [] : [context(`? not in the inventory: ${mrkdwn(view.unmatched, 800)}`)];

const group = (g: GroupView): Block =>
  section(
    lines([
      `${MARKS[g.mark]} *${hosts(g.count)}*  ${mrkdwn(g.hosts, 600)}`,
      // A snippet to paste keeps its lines.
      ...g.lines.flatMap((line) => line.split('\n')).map((line) => `        ${mrkdwn(line, 700)}`),
    ]),
  );

/** As many whole sentences as fit, one at least. */
const sentences = (text: string, max: number): string => {
  const all = text.slice(0, max * 4).split(/(?<=[.!?])\s+(?=\p{Lu})/u);
  const fit = all.filter((_, i) => all.slice(0, i + 1).join(' ').length <= max);
  return (fit.length > 0 ? fit : all.slice(0, 1)).join(' ');
};

const knowledge = (view: RunView): Block[] => {
  const text = mrkdwnLines(sentences(view.knowledge ?? '', 600), 900);
  return text ? [context(text)] : [];
};

const SHOWN_REFUSALS = 5;

const refusals = (view: RunView): Block[] => {
  const all = view.refusals ?? [];
  const shown = all
    .slice(0, SHOWN_REFUSALS)
    .map((r) => `! not changed: ${mrkdwn(r.text, 400)}  ·  ${hosts(r.count)}  ${mrkdwn(r.hosts, 200)}`);
  const more = all.length > SHOWN_REFUSALS ? [`and ${all.length - SHOWN_REFUSALS} more: press Details`] : [];
  return all.length > 0 ? [section(lines([...shown, ...more]))] : [];
};

/** The run's first message: what was asked, how far it is, `news` of an audit, and findings folded by what is wrong. */
export const summary = (view: RunView, news: readonly Block[] = []): Body => {
  const title = headline(view);
  const text = mrkdwn(title, LIMITS.text);
  const rollsOut = view.rollout !== undefined && view.result === undefined;
  const tail = [
    ...refusals(view),
    ...knowledge(view),
    ...buttons(view, 'summary', ['plan', 'details', 'again', ...(rollsOut ? [] : (['cancel'] as const))]),
  ];
  const top = title.length <= LIMITS.header ? header(plain(title, LIMITS.header)) : section(mrkdwn(title, 1200));
  const blocks = pack([top, ...unmatched(view), ...waiting(view), ...news], view.groups, group, tail, (left) =>
    context(`and ${left} more ${left === 1 ? 'group' : 'groups'} of hosts: press Details for report.txt`),
  );
  return { text, blocks };
};

/** The same for a run told in another run's thread, whose findings stand above: one line, until it ends without a plan. */
export const shortSummary = (view: RunView): Body => {
  if (view.mode === 'verify' || (view.endedAt !== undefined && !view.plan)) return summary(view);
  const title = headline(view);
  const line = mrkdwn(title, 600);
  return {
    text: line,
    blocks: [
      section(line),
      ...unmatched(view),
      ...waiting(view),
      ...(view.plan ? [] : buttons(view, 'summary', ['cancel'])),
    ],
  };
};
