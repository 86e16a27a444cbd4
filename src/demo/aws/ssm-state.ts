import type { RandomHex } from '../../engine/ports.js';
import type { Command, DispatchOptions } from './commands.js';
import type { ShellDocument } from './documents.js';
import type { LocalHost } from './hosts.js';
import type { Telling } from './invocations.js';
import type { Misbehaviour } from './misbehaviour.js';

/** One region's SSM. */
export interface SsmState {
  readonly region: string;
  readonly account: string;
  readonly endpoint: string;
  readonly documents: readonly ShellDocument[];
  readonly parameterStore: Readonly<Record<string, string>>;
  readonly buckets: ReadonlySet<string>;
  readonly hosts: () => readonly LocalHost[];
  readonly commands: Command[];
  readonly how: () => Misbehaviour;
  readonly random: RandomHex;
  readonly dispatching: DispatchOptions;
}

/** How it tells of its commands, as it misbehaves now. */
export const telling = (state: SsmState): Telling => {
  const { cutOutput, spacedDetails } = state.how();
  return {
    endpoint: state.endpoint,
    ...(cutOutput === undefined ? {} : { cutOutput }),
    ...(spacedDetails === undefined ? {} : { spacedDetails }),
  };
};
