import type { Bindings } from '../core/args.js';
import type { Reading } from '../core/fact-type.js';
import { type Fault, fault } from '../core/fault.js';
import { paramsFor } from '../core/params.js';
import { recorded } from '../core/recorded.js';
import type { Registry } from '../core/registry.js';
import { missedObservation, type Observation, type Request } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { gatherScript, readSections, SECTION_BYTES } from '../core/script.js';
import { sharedSections } from '../core/shared-section.js';
import { keepsScripts, type Target } from '../core/target.js';
import { cleanLine, decode } from '../core/text.js';
import { boundFact, isHostFact, withoutEcho } from './bound-fact.js';
import { confirmed } from './confirm.js';
import { judge } from './judge.js';
import type { Clock, Execution, Inventory, Transport } from './ports.js';
import { propose } from './propose.js';

export interface Gatherer {
  readonly transport: Transport;
  readonly inventory: Pick<Inventory, 'confirmGone'>;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Bound of one gathering in ms, connecting included, waits between two samples apart. */
  readonly limitMs: number;
  /** By name, for the placeholders of facts' arguments. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What is read on one target. */
export interface Subject {
  readonly target: Target;
  readonly fleet: readonly Target[];
  readonly runbook: Runbook;
  readonly request: Pick<Request, 'params' | 'given'>;
}

/**
 * Reads one target in one round trip, judges it and proposes its steps, once what they rest on is confirmed. Always
 * answers with an observation.
 */
export const observe = async (
  { transport, inventory, registry, clock, limitMs, secrets }: Gatherer,
  { target, fleet, runbook, request }: Subject,
  signal: AbortSignal,
): Promise<Observation> => {
  const at = clock.now();
  const times = () => ({ at, durationMs: clock.now() - at });
  const params = paramsFor(request.params, request.given, runbook.params, target.labels);
  if (!params.ok) return missedObservation(target.name, unknown(params.fault), times());
  const withheld = keepsScripts(target.transport) ? Object.keys(secrets) : [];
  const bindings: Bindings = { params: params.value, secrets: withheld.length > 0 ? {} : secrets };
  const facts = runbook.facts.map((f) => boundFact(f, registry, bindings, withheld));
  const sections = sharedSections(facts.flatMap(({ name, probe }) => (probe ? [{ name, probe }] : [])));
  const bound = limitMs + sections.reduce((sum, s) => sum + s.waitMs, 0);
  const script = {
    text: gatherScript(sections),
    limitMs: bound,
    maxBytes: (SECTION_BYTES + 1024) * (sections.length + 1),
    become: target.become,
  };
  const execution = await transport.execute(target, script, signal);
  const missed = missedBy(execution, target, bound);
  if (missed) return missedObservation(target.name, missed, times());
  const output = 'output' in execution ? execution.output.stdout : Buffer.alloc(0);
  const cut = 'output' in execution && execution.output.cut;
  const outputs = readSections(
    output,
    sections.map((s) => s.id),
  );
  if (sections.length > 0 && [...outputs.values()].every((o) => o.kind === 'missing')) {
    if (cut) return missedObservation(target.name, unknown(cutShort(target)), times());
    const words = cleanLine(decode('output' in execution ? execution.output.stderr : output), 200) || 'nothing';
    const f = fault(
      'output_unreadable',
      `${target.name} did not run the script; it said: ${words}.`,
      'Look at the login shell.',
    );
    return missedObservation(target.name, { outcome: 'unknown', fault: f }, times());
  }
  const said = new Map(
    sections.flatMap((s) => {
      const secrets = facts.filter((f) => s.facts.includes(f.name)).flatMap((f) => f.secrets ?? []);
      return s.facts.map((name) => [name, withoutEcho(outputs.get(s.id), secrets)] as const);
    }),
  );
  const readings = Object.fromEntries(facts.map((f) => [f.name, f.read(said.get(f.name), cut, fleet, target)]));
  const verdicts = judge(runbook, readings, params.value);
  const proposal = await confirmed(propose(runbook, registry, readings, verdicts, bindings), inventory, fleet, signal);
  const kept = Object.fromEntries(Object.entries(readings).map(([name, reading]) => [name, recorded(reading)]));
  return { target: target.name, ...times(), readings: kept, verdicts, ...proposal };
};

/** What the inventory alone tells of a target, by fact: nothing is asked of the host. */
export const readFleet = (
  { registry }: Pick<Gatherer, 'registry'>,
  { target, fleet, runbook, request }: Subject,
): Readonly<Record<string, Reading>> => {
  const params = paramsFor(request.params, request.given, runbook.params, target.labels);
  if (!params.ok) return {};
  const facts = runbook.facts.filter(({ type }) => {
    const kind = registry.facts.get(type);
    return kind && !isHostFact(kind);
  });
  const bound = facts.map((fact) => boundFact(fact, registry, { params: params.value, secrets: {} }, []));
  return Object.fromEntries(bound.map((fact) => [fact.name, fact.read(undefined, false, fleet, target)]));
};

const missedBy = (execution: Execution, target: Target, limitMs: number): Observation['missed'] => {
  switch (execution.kind) {
    case 'exited':
      return undefined;
    case 'signalled':
      return unknown(
        fault('connection_lost', `The script on ${target.name} was ended by ${execution.signal}.`, 'Ask again.'),
      );
    case 'timed-out':
      return {
        outcome: 'timed-out',
        fault:
          execution.fault ??
          fault(
            'host_timeout',
            `${target.name} did not finish within ${limitMs / 1000} s.`,
            'Look at its load, or raise limits.gather.',
          ),
      };
    case 'lost':
      return unknown(execution.fault);
    case 'cancelled':
      return { outcome: 'cancelled', fault: fault('connection_lost', `${target.name} was cancelled.`, 'Ask again.') };
    case 'unreachable':
      return { outcome: execution.fault.code === 'host_timeout' ? 'timed-out' : 'unreachable', fault: execution.fault };
  }
};

const cutShort = ({ name }: Target): Fault =>
  fault(
    'output_cut',
    `What ${name} said was cut on its way before anything of it could be judged.`,
    'Over SSM, set `aws.output_bucket` for longer output; look at the host otherwise.',
  );

const unknown = (f: Fault) => ({ outcome: 'unknown' as const, fault: f });
