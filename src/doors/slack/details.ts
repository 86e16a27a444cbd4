import { fault } from '../../core/fault.js';
import { faultBody, textBody } from './answer.js';
import type { DoorParts } from './parts.js';
import { clean } from './safe-text.js';
import { type Pressed, tellPresser } from './tell-presser.js';

/** Slack takes much more; a report longer than this is of no use in a chat. */
const MAX_CHARS = 5_000_000;
const HEAD_LINES = 60;

/** Uploads the complete report into the thread; where files cannot be uploaded, shows its head to the presser. */
export const sendDetails = async (parts: DoorParts, runId: string, at: Pressed): Promise<void> => {
  const { client, engine, logger } = parts;
  const report = await engine.report(runId).catch((error: unknown) => {
    logger.error({ err: error, runId }, 'a report could not be written');
    return undefined;
  });
  if (report === undefined) {
    const unknown = fault('run_unknown', `There is no report of run ${runId}.`, 'Ask for it anew with Run again.');
    return await tellPresser(parts, at, faultBody(unknown));
  }
  try {
    const content = clean(report.slice(0, MAX_CHARS)) || '(empty)';
    await client.filesUploadV2({ channel_id: at.channel, thread_ts: at.thread, filename: 'report.txt', content });
  } catch (error) {
    logger.warn({ err: error, runId }, 'the report could not be uploaded; its head is shown instead');
    const head = report.slice(0, 100_000).split('\n').slice(0, HEAD_LINES);
    const note = `The report could not be uploaded as a file; this is its beginning. In full: runbolt show ${runId}`;
    await tellPresser(parts, at, textBody([note, ...head]));
  }
  return undefined;
};
