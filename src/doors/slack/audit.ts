import { MOST_TIMES } from '../../core/schedule.js';
import type { AuditNews, AuditView, Difference, RunView } from '../../engine/view.js';
import { type Block, type Body, context, lines, section } from './blocks.js';
import { buttons } from './button.js';
import { mrkdwn, type TimeOfDay } from './safe-text.js';
import { hosts } from './summary.js';

/** Groups of findings that are named; the rest is counted, and stands below among the findings themselves. */
const SHOWN = 6;
/** Times further apart than this (ms) are told with their day. */
const SAME_DAY_MS = 20 * 3_600_000;

/** `2 new, 1 gone since 06:00`, and which; nothing for a run that no schedule asked for, or that has not ended. */
export const auditBlocks = (view: RunView, time: TimeOfDay): readonly Block[] => {
  const { audit } = view;
  if (!audit || audit.missed || view.endedAt === undefined) return [];
  const { news } = audit;
  if (!news) return [context(`first audit of the schedule ${mrkdwn(audit.schedule, 60)}`)];
  const line = newsLine(view, audit, news, time);
  const gone = named('gone', news.gone);
  return [section(lines([line, ...named('new', news.found)])), ...(gone.length > 0 ? [section(lines(gone))] : [])];
};

const newsLine = (view: RunView, audit: AuditView, news: AuditNews, time: TimeOfDay): string => {
  const { found, gone, before, coverageDiffers } = news;
  const changes = [...counted(found, 'new'), ...counted(gone, 'gone')].join(', ') || 'nothing new';
  const since = time(news.since, audit.dueAt - news.since > SAME_DAY_MS);
  const { reached = 0, total = 0 } = view.coverage ?? {};
  const same = before.reached === reached && before.total === total;
  const coverage = same
    ? ' · other hosts or checks could not be read than then'
    : ` · then ${before.reached} of ${before.total} reached`;
  return `*${changes}* since ${since}${coverageDiffers ? coverage : ''}`;
};

const counted = ({ count }: Difference, word: string): readonly string[] => (count > 0 ? [`${count} ${word}`] : []);

const named = (word: string, { groups }: Difference): readonly string[] => {
  const shown = groups.slice(0, SHOWN).map((g) => {
    return `${word}  *${hosts(g.count)}*  ${mrkdwn(g.hosts, 150)}  ${mrkdwn(g.text, 250)}`;
  });
  const left = groups.length - SHOWN;
  return left > 0 ? [...shown, `${word}  and ${left} more kinds`] : shown;
};

/** `nightly missed 06:00: the bot was not running` */
export const missedMessage = (
  view: RunView,
  audit: AuditView,
  { times, firstAt, reason }: NonNullable<AuditView['missed']>,
  time: TimeOfDay,
): Body => {
  const far = view.startedAt - firstAt > SAME_DAY_MS;
  const last = time(audit.dueAt, far);
  const count = times >= MOST_TIMES ? `${MOST_TIMES} audits and more` : `${times} audits`;
  const which = times === 1 ? last : `${count}, ${time(firstAt, far)} to ${last}`;
  const name = mrkdwn(audit.schedule, 60);
  const text = `${name} missed ${which}: ${mrkdwn(reason, 600)}`;
  const asked = mrkdwn([view.command, view.selector, view.params ?? ''].join(' '), 600);
  return {
    text,
    blocks: [
      section(`! ${text}`),
      context(`nothing is known of ${asked} then`),
      ...buttons(view, 'summary', ['again']),
    ],
  };
};
