import type { ChangeType } from './change-type.js';
import type { FactType, FleetFact, HostFact } from './fact-type.js';

/** The kinds of facts and changes that runbooks can name. Built once in the composition root, read-only after. */
export interface Registry {
  readonly facts: ReadonlyMap<string, FactType>;
  readonly changes: ReadonlyMap<string, ChangeType>;
}

/** Erases the argument type of a fact or change for the registry; its own zod schema guards what comes in. */
export const fact = <Args>(type: HostFact<Args>): FactType => ({
  ...type,
  args: type.args,
  schemaOf: (args) => type.schemaOf?.(type.args.parse(args)) ?? type.schema,
  probe: (args) => type.probe(type.args.parse(args)),
  parse: (output, args) => type.parse(output, type.args.parse(args)),
});

export const fleetFact = <Args>(type: FleetFact<Args>): FactType => ({
  ...type,
  args: type.args,
  schemaOf: (args) => type.schemaOf?.(type.args.parse(args)) ?? type.schema,
  read: (args, fleet, target) => type.read(type.args.parse(args), fleet, target),
});

export const change = <Args>(type: ChangeType<Args>): ChangeType => ({
  ...type,
  args: type.args,
  needs: (args) => type.needs(type.args.parse(args)),
  plan: (args, readings, earlier) => type.plan(type.args.parse(args), readings, earlier),
});

export const registry = (facts: readonly FactType[], changes: readonly ChangeType[]): Registry => ({
  facts: new Map(facts.map((f) => [f.name, f])),
  changes: new Map(changes.map((c) => [c.name, c])),
});
