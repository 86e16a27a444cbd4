import type { z } from 'zod';
import type { Target } from './target.js';

/** The CEL type of a fact's value: scalars, lists of strings, records of these, and lists of records (for `each`). */
export type FieldType = 'int' | 'double' | 'string' | 'bool' | 'list<string>';
export interface FactSchema {
  readonly [field: string]: FieldType | FactSchema | readonly [FactSchema];
}

/** By field. A message is the end of a sentence and names the nearest right word. */
export type Literals = Readonly<Record<string, (text: string) => string | undefined>>;

/** A typed reading's value; integers are safe JavaScript numbers, made CEL integers where they are judged. */
export type FactValue = { readonly [field: string]: FactField };
export type FactField = string | number | boolean | readonly string[] | FactValue | readonly FactValue[];

/**
 * One reading of one fact on one target. `absent`: the host answered and the thing is not there (the reason says what is
 * missing). `error`: it could not be read or the output made no sense. Only `read` can ever lead to a pass.
 */
export type Reading =
  | { readonly status: 'read'; readonly value: FactValue; readonly evidence: readonly string[] }
  | { readonly status: 'absent'; readonly reason: string }
  | { readonly status: 'error'; readonly reason: string };

/** POSIX sh that prints a reading, and the data it reads from its environment (never spliced into its text). */
export interface Probe {
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /**
   * Written to be read by several facts from one run (`sharedSections`): it takes the variables of all of them, and each
   * `parse` gets what that run printed. Without it every fact has a run of its own.
   */
  readonly shares?: true;
  /** Variables of an item a line, joined with those of the other facts that share the run. */
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  /** How long it waits between two samples, ms: that much longer a gathering may take. */
  readonly waitMs?: number;
}

interface AnyFact<Args> {
  readonly name: string;
  readonly summary: string;
  /** Checks what a runbook's YAML says behind the type's name (`sysctl: net.ipv4.tcp_tw_reuse`). */
  readonly args: z.ZodType<Args>;
  readonly schema: FactSchema;
  /** Fields of text that only some texts can be: what is wrong with a literal that one is compared with, if anything. */
  readonly literals?: Literals;
  /** The schema for these arguments, where it depends on them; `schema` is then what all of them have. */
  schemaOf?(args: Args): FactSchema;
}

/**
 * A fact read on the host: a piece of POSIX sh and a pure parser. `parse` gets what the script printed, whole (cut output
 * never reaches it), must accept any text, and answers `error` for what it does not understand.
 */
export interface HostFact<Args = unknown> extends AnyFact<Args> {
  probe(args: Args): Probe;
  /** How long after a change that worked it may still read the symptom, ms: a proof that fails is looked at again then. */
  readonly settlesMs?: number;
  parse(output: string, args: Args): Reading;
}

/** A fact read from the inventory, seen from one target: who else there is. */
export interface FleetFact<Args = unknown> extends AnyFact<Args> {
  read(args: Args, fleet: readonly Target[], target: Target): Reading;
}

export type FactType<Args = unknown> = HostFact<Args> | FleetFact<Args>;
