import type { CommandInvocation, GetCommandInvocationResult } from '@aws-sdk/client-ssm';
import { type Stage, stageOf } from './status.js';

/** What SSM tells of a command on one host. */
export interface Seen {
  readonly stage: Stage;
  readonly details: string;
  /** -1: the agent never started it, or a signal ended it. */
  readonly code: number;
  /** What is shown of standard output, perhaps only the head of it. */
  readonly text: string;
  /** The step of the document that said it. */
  readonly plugin?: string;
  /** Where its standard output was put in S3. */
  readonly url?: string;
}

/** By ListCommandInvocations with details: the step whose output has the marker, else the one that runs shell scripts. */
export const seenInList = ({ Status, StatusDetails, CommandPlugins = [] }: CommandInvocation, marker: string): Seen => {
  const ours = CommandPlugins.find((p) => p.Output?.includes(marker));
  const plugin = ours ?? CommandPlugins.find((p) => p.Name === 'aws:runShellScript') ?? CommandPlugins[0];
  return {
    ...stood(StatusDetails ?? Status),
    code: plugin?.ResponseCode ?? -1,
    text: plugin?.Output ?? '',
    ...(plugin?.Name && { plugin: plugin.Name }),
    ...(plugin?.StandardOutputUrl && { url: plugin.StandardOutputUrl }),
  };
};

/** By GetCommandInvocation, which asks for one host. */
export const seenAlone = (told: GetCommandInvocationResult): Seen => ({
  ...stood(told.StatusDetails ?? told.Status),
  code: told.ResponseCode ?? -1,
  text: told.StandardOutputContent ?? '',
  ...(told.PluginName && { plugin: told.PluginName }),
  ...(told.StandardOutputUrl && { url: told.StandardOutputUrl }),
});

const stood = (details: string | undefined) => ({ stage: stageOf(details), details: details ?? '' });
