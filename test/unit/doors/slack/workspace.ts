import { pino } from 'pino';
import { afterEach, beforeEach, expect } from 'vitest';
import type { SlackDoor } from '../../../../src/doors/slack/door.js';
import { slackDoor } from '../../../../src/doors/slack/index.js';
import { realClock, ScriptedEngine, type SlackDouble, startSlackDouble } from '../../../rig/slack/index.js';

/** A workspace with ana and bo in #ops, and a door that is open, anew for each test. */
export interface Room {
  readonly slack: SlackDouble;
  readonly engine: ScriptedEngine;
  readonly door: SlackDoor;
}

export const silent = pino({ level: process.env.RUNBOLT_TEST_LOG ?? 'silent' });

export const OPS = 'C0OPS';
export const ANA = 'U1ANA';
export const BO = 'U2BO';

export const aWorkspace = async (): Promise<SlackDouble> => {
  const slack = await startSlackDouble();
  slack.person({ id: ANA, name: 'ana' });
  slack.person({ id: BO, name: 'bo' });
  slack.channel(OPS, [ANA, BO]);
  return slack;
};

export const aDoor = (slack: SlackDouble, engine: ScriptedEngine): SlackDoor =>
  slackDoor({
    engine,
    ledger: engine.ledger,
    clock: realClock,
    logger: silent,
    botToken: slack.botToken,
    appToken: slack.appToken,
    apiUrl: slack.apiUrl,
    commands: ['/tcp'],
  });

/** Opens a door for each test, and afterwards closes it and sees that no limit of Slack's was broken. */
export const aRoom = (): (() => Room) => {
  let room: Room | undefined;
  beforeEach(async () => {
    const slack = await aWorkspace();
    const engine = new ScriptedEngine();
    const door = aDoor(slack, engine);
    expect(await door.start()).toEqual({ ok: true, value: undefined });
    room = { slack, engine, door };
  });
  afterEach(async () => {
    await room?.door.stop();
    await room?.slack.close();
    expect([room?.slack.violations, room?.slack.late]).toEqual([[], []]);
    room = undefined;
  });
  return () => {
    if (!room) throw new Error('no room outside of a test');
    return room;
  };
};
