import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slackPeople } from '../../../../src/doors/slack/index.js';
import type { Clock, People } from '../../../../src/engine/ports.js';
import { realClock, type SlackDouble } from '../../../rig/slack/index.js';
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

  it('are not entitled while Slack does not answer, and are again when it does', async () => {
    slack.misbehave('usergroups.users.list', '500');
    expect(await people.entitled(`slack:${BO}`, ['S0SRE'])).toBeUndefined();
    slack.misbehave('users.info', '429');
    people = slackPeople({ botToken: slack.botToken, apiUrl: slack.apiUrl, clock, logger: silent });
    expect(await people.entitled(`slack:${BO}`, ['S0SRE'])).toBeUndefined();
    expect(await people.entitled(`slack:${BO}`, ['S0SRE'])).toBe('S0SRE');
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
