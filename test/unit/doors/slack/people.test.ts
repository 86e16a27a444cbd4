import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultIn } from '../../../../src/core/fault.js';
import { slackPeople } from '../../../../src/doors/slack/index.js';
import type { Clock, People } from '../../../../src/engine/ports.js';
import { ALL_SCOPES, realClock, type SlackDouble, startSlackDouble } from '../../../rig/slack/index.js';
import { ANA, aWorkspace, BO, silent } from './workspace.js';

let slack: SlackDouble;
let people: People;
let skipped = 0;
const clock: Clock = { ...realClock, now: () => Date.now() + skipped };

beforeEach(async () => {
  slack = await aWorkspace();
  slack.usergroup('S0SRE', 'sre', [BO, 'U3GUEST', 'U4SINGLE', 'U5STRANGER', 'U6GONE', 'U7BOT', 'U8OTHER', 'U9NOBODY']);
  slack.person({ id: 'U3GUEST', name: 'guest', guest: 'multi' });
  slack.person({ id: 'U4SINGLE', name: 'single', guest: 'single' });
  slack.person({ id: 'U5STRANGER', name: 'stranger', stranger: true });
  slack.person({ id: 'U6GONE', name: 'gone', deleted: true });
  slack.person({ id: 'U7BOT', name: 'robot', bot: true });
  slack.person({ id: 'U8OTHER', name: 'other', team: 'T9OTHER' });
  people = slackPeople({ botToken: slack.botToken, apiUrl: slack.apiUrl, clock, logger: silent });
});
afterEach(async () => {
  await slack.close();
  expect(slack.violations).toEqual([]);
});

describe('people', () => {
  it('are entitled by their own ID or by a usergroup they are in, and it is said through which', async () => {
    expect(await people.entitled(`slack:${ANA}`, ['S0SRE', ANA])).toBe(ANA);
    expect(await people.entitled(`slack:${BO}`, [ANA, 'S0SRE'])).toBe('S0SRE');
    expect(await people.entitled(`slack:${ANA}`, ['S0SRE', BO])).toBeUndefined();
  });

  it.each(['U3GUEST', 'U4SINGLE', 'U5STRANGER', 'U6GONE', 'U7BOT', 'U8OTHER', 'U9NOBODY'])(
    'that are guests, outsiders, bots, deleted or unknown never are: %s',
    async (id) => {
      expect(await people.entitled(`slack:${id}`, ['S0SRE', id])).toBeUndefined();
    },
  );

  it('of other doors, by name, or by nothing are not', async () => {
    expect(await people.entitled('cli:ana', ['U1ANA', 'cli:ana'])).toBeUndefined();
    expect(await people.entitled('slack:ana', ['ana'])).toBeUndefined();
    expect(await people.entitled(`slack:${BO}`, [])).toBeUndefined();
    expect(await people.entitled(`slack:${BO}`, ['S9NONE', 'sre'])).toBeUndefined();
  });

  describe('are neither entitled nor refused while Slack does not say', () => {
    const asked = (ids: readonly string[]) =>
      people.entitled(`slack:${BO}`, ids).catch((error: unknown) => {
        const fault = faultIn(error);
        if (!fault) throw error;
        return [fault.code, fault.message, fault.next];
      });

    it('who is in the usergroup', async () => {
      slack.misbehave('usergroups.users.list', '500');
      expect(await asked(['S0SRE'])).toEqual([
        'slack_unreachable',
        expect.stringMatching(
          /^Slack could not be asked who is in the usergroup S0SRE \(.*500.*\): nothing was decided or begun\.$/,
        ),
        'Try again in a moment.',
      ]);
      expect(await asked(['S0SRE'])).toBe('S0SRE');
    });

    it('who they are', async () => {
      slack.misbehave('users.info', '429');
      expect(await asked(['S0SRE'])).toEqual([
        'slack_unreachable',
        'Slack could not be asked who you are (it limits the rate): nothing was decided or begun.',
        expect.stringMatching(/^Try again in \d+ s\.$/),
      ]);
      expect(await asked(['S0SRE'])).toBe('S0SRE');
    });

    it('because a scope was taken away: the next step is another', async () => {
      const poor = await startSlackDouble({ scopes: ALL_SCOPES.filter((scope) => scope !== 'usergroups:read') });
      poor.person({ id: BO, name: 'bo' });
      people = slackPeople({ botToken: poor.botToken, apiUrl: poor.apiUrl, clock, logger: silent });
      const told = await asked(['S0SRE']).finally(() => poor.close());
      expect(told).toEqual([
        'slack_refused',
        'Slack could not be asked who is in the usergroup S0SRE (missing_scope): nothing was decided or begun.',
        expect.stringContaining('runbolt doctor'),
      ]);
    });

    it('unless they are entitled without that answer', async () => {
      slack.misbehave('usergroups.users.list', '500');
      expect(await asked(['S0SRE', BO])).toBe(BO);
    });
  });

  it('are asked for at most every 30 s, and who left a usergroup is out after that', async () => {
    const asked = () => slack.api.calls.filter((c) => c.method === 'usergroups.users.list').length;
    await Promise.all(Array.from({ length: 40 }, () => people.entitled(`slack:${BO}`, ['S0SRE'])));
    expect(asked()).toBe(1);
    slack.usergroup('S0SRE', 'sre', []);
    skipped += 30_001;
    expect(await people.entitled(`slack:${BO}`, ['S0SRE'])).toBeUndefined();
    expect(asked()).toBe(2);
  });
});
