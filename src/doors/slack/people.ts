import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock, People } from '../../engine/ports.js';
import { type OnLimited, type SlackClient, slackClient } from './client.js';
import { failureOf } from './slack-errors.js';

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
 * of other organisations are never entitled; neither is anybody while Slack does not answer.
 */
export const slackPeople = ({ botToken, apiUrl, clock, logger, onLimited }: SlackPeopleOptions): People => {
  const client: SlackClient = slackClient(botToken, apiUrl, logger, onLimited);
  const teams = new Kept(clock, async () => team.parse(await client.auth.test()).team_id);
  const people = new Kept(clock, async (user) => person.parse(await client.users.info({ user })).user);
  const groups = new Kept(clock, async (usergroup) => {
    const answer = await client.usergroups.users.list({ usergroup });
    return new Set(group.parse(answer).users);
  });

  const isMember = async (userId: string): Promise<boolean> => {
    const [user, ours] = await Promise.all([people.of(userId), teams.of('ours')]);
    const outside = user.is_restricted || user.is_ultra_restricted || user.is_stranger || user.team_id !== ours;
    return user.id === userId && !outside && !user.deleted && !user.is_bot;
  };

  const through = async (userId: string, id: string): Promise<boolean> => {
    const bare = id.replace(/^slack:/u, '');
    if (!bare.startsWith('S')) return bare === userId;
    try {
      return (await groups.of(bare)).has(userId);
    } catch (error) {
      logger.warn({ usergroup: bare, failure: failureOf(error) }, 'a usergroup could not be read: nobody is in it');
      return false;
    }
  };

  return {
    async entitled(actorId, ids) {
      const userId = /^slack:([UW][A-Z0-9]+)$/u.exec(actorId)?.[1];
      if (!userId || ids.length === 0) return undefined;
      try {
        if (!(await isMember(userId))) return undefined;
      } catch (error) {
        logger.warn({ user: userId, failure: failureOf(error) }, 'a person could not be looked up: not entitled');
        return undefined;
      }
      for (const id of ids) if (await through(userId, id)) return id;
      return undefined;
    },
  };
};
