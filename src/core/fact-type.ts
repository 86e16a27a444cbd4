import type { z } from 'zod';

/** The CEL type of a fact's value: scalars, lists of strings, and records of these. */
export type FieldType = 'int' | 'double' | 'string' | 'bool' | 'list<string>';
export interface FactSchema {
  readonly [field: string]: FieldType | FactSchema;
}

/** A typed reading's value; integers are safe JavaScript numbers, made CEL integers where they are judged. */
export type FactValue = { readonly [field: string]: FactField };
export type FactField = string | number | boolean | readonly string[] | FactValue;

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
}

/**
 * A kind of fact: a piece of POSIX sh and a pure parser. `args` checks what a runbook's YAML says behind the type's name
 * (`sysctl: net.ipv4.tcp_tw_reuse`). `parse` gets what the script printed, whole (cut output never reaches it), must
 * accept any text, and answers `error` for what it does not understand.
 */
export interface FactType<Args = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly args: z.ZodType<Args>;
  readonly schema: FactSchema;
  probe(args: Args): Probe;
  parse(output: string, args: Args): Reading;
}
