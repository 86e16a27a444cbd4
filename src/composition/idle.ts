import { setTimeout as sleep } from 'node:timers/promises';
import type { Bot } from './bot.js';

const LOOK_MS = 20;
/** A step that asks nothing of the bot (plain words) is over when this long nothing was asked, ms. */
const SILENCE_MS = 3_000;

/**
 * Waits until the bot has answered what was just asked of it and nothing more will come without a person: every run has
 * ended or waits for a decision, and every message is delivered.
 */
export const idle = (bot: Bot): ((signal: AbortSignal) => Promise<void>) => {
  let known = bot.answered();
  return async (signal) => {
    const silent = Date.now() + SILENCE_MS;
    while (bot.answered() === known && Date.now() < silent) await sleep(LOOK_MS, undefined, { signal });
    while (!(await settled(bot))) await sleep(LOOK_MS, undefined, { signal });
    known = bot.answered();
  };
};

const settled = async ({ room: { engine, engines } }: Bot): Promise<boolean> => {
  for (const runId of await engines.ledger.unfinished()) {
    if ((await engine.run(runId))?.phase !== 'deciding') return false;
  }
  const { outbox } = engines.ledger;
  return (await outbox.stale()).length === 0 && (await outbox.due(Number.MAX_SAFE_INTEGER, 1)).length === 0;
};
