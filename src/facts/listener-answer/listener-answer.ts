import { z } from 'zod';
import type { HostFact, Reading } from '../../core/fact-type.js';
import { unframed } from '../framing.js';
import { LISTENER_ANSWER_ENV, LISTENER_ANSWER_PROBE } from './probe.js';

const args = z.strictObject({
  /** The listener to ask; 0 is none. */
  port: z.int().min(0).max(65_535),
  /** Whether somebody consented: on a single-threaded server this is a short outage of its own. */
  consent: z.boolean(),
});

type Args = z.infer<typeof args>;

/** Three requests of at most 1 s, and the start of the idle connection. */
const WAIT_MS = 5000;

/**
 * Whether one listener answers a request while one idle connection, held for at most 2 s, is open to it. Measured on
 * Linux 6.18: a single-threaded server does not; a threaded one, TCP_DEFER_ACCEPT and HAProxy in front do. Absent without
 * consent. An error when no conclusion is possible: no answer before it either, or none after it. Times are ms.
 */
export const listenerAnswer: HostFact<Args> = {
  name: 'listener_answer',
  summary: 'Whether a listener answers while an idle connection is open to it (asks it: needs consent).',
  args,
  schema: {
    address: 'string',
    tool: 'string',
    answered: 'bool',
    before_ms: 'int',
    during_ms: 'int',
    after_ms: 'int',
    held_ms: 'int',
  },
  probe: ({ port, consent }) =>
    consent && port > 0
      ? { script: LISTENER_ANSWER_PROBE, env: { ...LISTENER_ANSWER_ENV, PORT: String(port) }, waitMs: WAIT_MS }
      : { script: ':', env: {} },
  parse: (output, { port, consent }) => {
    if (!consent) return { status: 'absent', reason: 'not asked: it needs the consent probe=true and port=PORT' };
    if (port === 0) return unclear('probe=true needs the port of the one listener to ask: port=PORT');
    return interpret(output, port);
  },
};

const unclear = (reason: string): Reading => ({ status: 'error', reason });

const LINE =
  /^(?:tool\t(?<tool>\w+)|address\t(?<address>[0-9a-f.:]{0,45})|asked\t(?<when>before|during|after)\t(?<from>\d{1,10}\.\d{2})\t(?<to>\d{1,10}\.\d{2})\t(?<bytes>[01])|held\t(?<begun>\d{1,10}(?:\.\d{2})?)\t(?<ended>\d{1,10}(?:\.\d{2})?))$/;

interface Asked {
  readonly ms: number;
  readonly answered: boolean;
}

const ms = (from: string | undefined, to: string | undefined): number => Math.round((Number(to) - Number(from)) * 1000);

const interpret = (output: string, port: number): Reading => {
  if (output.length > 2000) return unclear('The output is far longer than the probe prints.');
  const frame = unframed('answer', output);
  if (!frame.ok) return unclear(frame.reason);
  const asked = new Map<string, Asked>();
  const single = new Map<string, string>();
  for (const line of frame.records.map((fields) => fields.join('\t'))) {
    const found = LINE.exec(line)?.groups;
    const name = found?.when ?? line.split('\t')[0] ?? '';
    if (!found || single.has(name)) return unclear('The output is mixed: a line is not the probe’s or comes twice.');
    single.set(name, found.tool ?? found.address ?? '');
    if (found.when) asked.set(found.when, { ms: ms(found.from, found.to), answered: found.bytes === '1' });
    if (found.begun !== undefined) asked.set('held', { ms: ms(found.begun, found.ended), answered: true });
  }
  if ([...asked.values()].some((one) => one.ms < 0)) return unclear('The output makes no sense: time runs backwards.');
  return conclude(asked, single.get('address'), single.get('tool'), port);
};

const conclude = (
  asked: ReadonlyMap<string, Asked>,
  address: string | undefined,
  tool: string | undefined,
  port: number,
): Reading => {
  if (address === undefined || tool === undefined) return unclear('The output lacks its tool or address.');
  if (address === '') return unclear(`Nothing listens on port ${port} here.`);
  if (tool === 'none') return unclear('Neither perl, python3, bash nor busybox nc is here to ask with.');
  const before = asked.get('before');
  if (!before?.answered)
    return unclear(
      `Port ${port} gave no answer within 1 s even before an idle connection was open: that tells nothing.`,
    );
  const during = asked.get('during');
  const held = asked.get('held');
  if (!during || !held) return unclear('The idle connection could not be opened.');
  const after = asked.get('after');
  if (!during.answered && !after?.answered)
    return unclear(
      `Port ${port} gave no answer during the idle connection and none after it either: that tells nothing.`,
    );
  return {
    status: 'read',
    value: {
      ...{ address, tool, answered: during.answered },
      ...{ before_ms: before.ms, during_ms: during.ms, after_ms: after?.ms ?? 0, held_ms: held.ms },
    },
    evidence: [
      `GET / to ${address} port ${port} by ${tool}: first byte after ${before.ms} ms`,
      `with one idle connection open for ${held.ms} ms: ${during.answered ? `first byte after ${during.ms} ms` : `nothing within ${during.ms} ms`}`,
      ...(after ? [`after it was closed: first byte after ${after.ms} ms`] : []),
    ],
  };
};
