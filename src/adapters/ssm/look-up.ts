import type { Fault } from '../../core/fault.js';
import type { Post } from './order.js';
import { pause } from './pace.js';
import { faultOf } from './trouble.js';

/** After an ambiguous end the command is looked for at these distances, ms; then it was not accepted. */
const LOOKS_MS = [200, 600, 1_200] as const;
const PAGES = 20;
/** Clocks may differ by so much; what was invoked earlier is not ours. */
const SKEW_MS = 120_000;

/** By which a command is found again. */
export const commentOf = (id: string): string => `runbolt ${id}`;

/** What is known of a command that may have been sent. */
export type Found =
  | { readonly kind: 'found'; readonly command: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly fault?: Fault };

/** Looks for the command by its comment, several times: it may be told of a little later than it was accepted. */
export const lookUp = async (id: string, since: number, { ssm, clock }: Post, signal: AbortSignal): Promise<Found> => {
  const after = new Date(since + (await ssm.aheadMs()) - SKEW_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  for (const wait of LOOKS_MS) {
    await pause(clock, wait, signal);
    let token: string | undefined;
    for (let page = 0; page < PAGES; page += 1) {
      const answer = await ssm.commands(
        {
          Filters: [{ key: 'InvokedAfter', value: after }],
          MaxResults: 50,
          ...(token !== undefined && { NextToken: token }),
        },
        signal,
      );
      if (!answer.ok)
        return answer.stopped
          ? { kind: 'unknown' }
          : { kind: 'unknown', fault: faultOf(answer.trouble, ssm.where, 'ssm:ListCommands') };
      const command = answer.value.Commands?.find((c) => c.Comment === commentOf(id));
      if (command?.CommandId !== undefined) return { kind: 'found', command: command.CommandId };
      token = answer.value.NextToken;
      if (token === undefined) break;
    }
    if (token !== undefined) return { kind: 'unknown' };
  }
  return signal.aborted ? { kind: 'unknown' } : { kind: 'absent' };
};
