/** Who and what is in the demo's workspace. */

export const PEOPLE = { ana: 'U0DEMOANA', bo: 'U0DEMOBO', dan: 'U0DEMODAN' } as const;
export const CHANNELS = { ops: 'C0DEMOOPS', incidents: 'C0DEMOINC', audits: 'C0DEMOAUD' } as const;
export type Person = keyof typeof PEOPLE;
export type Channel = keyof typeof CHANNELS;

export const BOT_USER = 'U0DEMOBOT';
export const APP_ID = 'A0DEMO';

export const isPerson = (name: string): name is Person => Object.hasOwn(PEOPLE, name);

/** The workspace in the local Slack's configuration format (its version 0.1.8). */
export const workspaceConfig = (tokens: { readonly bot: string; readonly app: string }): string => {
  const members = [...Object.values(PEOPLE), BOT_USER];
  const person = (name: Person, realName: string) => ({
    id: PEOPLE[name],
    name,
    real_name: realName,
    email: `${name}@shop.example`,
    tz: 'Etc/UTC',
  });
  return JSON.stringify({
    workspace: { name: 'Runbolt demo', domain: 'runbolt-demo', teamId: 'T0DEMO' },
    apps: [
      {
        appId: APP_ID,
        botUserId: BOT_USER,
        botName: 'runbolt',
        botToken: tokens.bot,
        appToken: tokens.app,
        mode: 'socket',
      },
    ],
    users: [person('ana', 'Ana (on call)'), person('bo', 'Bo (approver)'), person('dan', 'Dan')],
    channels: [
      { id: CHANNELS.ops, name: 'ops', topic: 'Ask here: /tcp verify web-*', members },
      { id: CHANNELS.incidents, name: 'incidents', members },
      {
        id: CHANNELS.audits,
        name: 'audits',
        topic: 'Audits on a schedule, told when they find something new',
        members,
      },
    ],
  });
};
