import type { AwsPlace, Target } from '../../core/target.js';
import type { Clock, Execution, RandomHex, Script } from '../../engine/ports.js';
import type { S3Outputs } from './s3.js';
import type { Ssm } from './ssm.js';

/** One script for one host, on its way. */
export interface Order {
  readonly target: Target;
  readonly aws: AwsPlace;
  readonly script: Script;
  /** The script as `pack` made it. */
  readonly packed: string;
  /** Milliseconds since the epoch; the limit counts from here. */
  readonly startedAt: number;
  readonly signal: AbortSignal;
  /** Takes the first answer. */
  settle(end: Execution): void;
}

/** What all deliveries to one region and profile share. */
export interface Post {
  readonly ssm: Ssm;
  readonly clock: Clock;
  readonly random: RandomHex;
  readonly document: string;
  /** Where long output goes, if anywhere. */
  readonly outputs?: S3Outputs;
}

export const deadlineOf = ({ startedAt, script }: Order): number => startedAt + script.limitMs;
