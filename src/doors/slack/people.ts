import type { Logger } from 'pino';
import { z } from 'zod';
import { FaultError, fault } from '../../core/fault.js';
import { cleanLine } from '../../core/text.js';
import type { Clock, People } from '../../engine/ports.js';
import { type OnLimited, type SlackClient, slackClient } from './client.js';
import { failureOf, type SlackFailure } from './slack-errors.js';

/** Membership older than this is asked for anew (usergroups.* allows 20 calls a minute). */
const KEPT_MS = 30_000;

const person = z.object({
  user: z.object({
    id: z.string(),
    team_id: z.string(),
    deleted: z.boolean(),
    is_bot: z.boolean(),
    is_restricted: z.boolean().default(false),
    is_ultra_restricted: z.boolean().default(false),
    is_stranger: z.boolean().default(false),
  }),
});
const group = z.object({ users: z.array(z.string()) });
const team = z.object({ team_id: z.string() });

export interface SlackPeopleOptions {
  readonly botToken: string;
  readonly apiUrl?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onLimited?: OnLimited;
}

/** What Slack answers for a person or a usergroup that does not exist: nobody is entitled by it. */
const UNKNOWN: ReadonlySet<string> = new Set(['user_not_found', 'user_not_visible', 'no_such_subteam']);

/** Slack did not say: nothing may be concluded from it, neither yes nor no. */
const unasked = (what: string, failed: SlackFailure): FaultError => {
  const message = (why: string) => `Slack could not be asked ${what} (${why}): nothing was decided or begun.`;
  if (failed.kind === 'refused') {
    const next = 'Look at `runbolt doctor`: the token or the scopes of the app have changed. Then try again.';
    return new FaultError(fault('slack_refused', message(failed.code), next));
  }
  const limited = failed.kind === 'limited';
  const why = limited ? 'it limits the rate' : cleanLine(failed.why, 120);
  const wait = limited ? `in ${Math.ceil(failed.retryMs / 1000)} s` : 'in a moment';
  return new FaultError(fault('slack_unreachable', message(why), `Try again ${wait}.`));
};

/** Remembers answers for KEPT_MS; a failed question is not remembered, and people who ask together ask once. */
class Kept<T> {
  readonly #answers = new Map<string, { readonly until: number; readonly answer: Promise<T> }>();

  constructor(
    readonly clock: Clock,
    readonly ask: (id: string) => Promise<T>,
  ) {}

  of(id: string): Promise<T> {
    const now = this.clock.now();
    const known = this.#answers.get(id);
    if (known && known.until > now) return known.answer;
    for (const [old, { until }] of this.#answers) if (until <= now) this.#answers.delete(old);
    const answer = this.ask(id);
    this.#answers.set(id, { until: now + KEPT_MS, answer });
    answer.catch(() => this.#answers.delete(id));
    return answer;
  }
}

/**
 * People of the workspace: user IDs (`U…`) and usergroup IDs (`S…`). Guests, strangers, bots, deleted accounts and people
 * of other organisations are never entitled. While Slack does not say, it rejects with a FaultError.
 */
export const slackPeople = ({ botToken, apiUrl, clock, logger, onLimited }: SlackPeopleOptions): People => {
  const client: SlackClient = slackClient(botToken, apiUrl, logger, onLimited);
  const teams = new Kept(clock, async () => team.parse(await client.auth.test()).team_id);
  const people = new Kept(clock, async (user) => person.parse(await client.users.info({ user })).user);
  const groups = new Kept(clock, async (usergroup) => {
    const answer = await client.usergroups.users.list({ usergroup });
    return new Set(group.parse(answer).users);
  });

  /** Undefined where Slack knows nobody of that ID. */
  const known = async <T>(asked: Promise<T>, what: string): Promise<T | undefined> => {
    try {
      return await asked;
    } catch (error) {
      const failed = failureOf(error);
      if (failed.kind === 'refused' && UNKNOWN.has(failed.code)) return undefined;
      logger.warn({ failure: failed }, `Slack could not be asked ${what}`);
      throw unasked(what, failed);
    }
  };

  const isMember = async (userId: string): Promise<boolean> => {
    const [user, ours] = await Promise.all([
      known(people.of(userId), 'who you are'),
      known(teams.of('ours'), 'whose it is'),
    ]);
    if (!user || ours === undefined) return false;
    const outside = user.is_restricted || user.is_ultra_restricted || user.is_stranger || user.team_id !== ours;
    return user.id === userId && !outside && !user.deleted && !user.is_bot;
  };

  const through = async (userId: string, id: string): Promise<boolean> => {
    const bare = id.replace(/^slack:/u, '');
    if (!bare.startsWith('S')) return bare === userId;
    return (await known(groups.of(bare), `who is in the usergroup ${bare}`))?.has(userId) ?? false;
  };

  return {
    async entitled(actorId, ids) {
      const userId = /^slack:([UW][A-Z0-9]+)$/u.exec(actorId)?.[1];
      if (!userId || ids.length === 0 || !(await isMember(userId))) return undefined;
      let unknown: unknown;
      for (const id of ids) {
        try {
          if (await through(userId, id)) return id;
        } catch (error) {
          unknown ??= error;
        }
      }
      if (unknown !== undefined) throw unknown;
      return undefined;
    },
  };
};
