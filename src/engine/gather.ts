import { type Bindings, bindArgs, placeholdersIn } from '../core/args.js';
import type { FactType, HostFact, Reading } from '../core/fact-type.js';
import { type Fault, fault } from '../core/fault.js';
import { paramsFor } from '../core/params.js';
import { recorded } from '../core/recorded.js';
import type { Registry } from '../core/registry.js';
import { missedObservation, type Observation, type Request } from '../core/run.js';
import type { Runbook, RunbookFact } from '../core/runbook.js';
import { gatherScript, readSections, SECTION_BYTES, type Section, type SectionOutput } from '../core/script.js';
import { keepsScripts, type Target } from '../core/target.js';
import { cleanLine, decode } from '../core/text.js';
import { judge } from './judge.js';
import type { Clock, Execution, Transport } from './ports.js';
import { propose } from './propose.js';

export interface Gatherer {
  readonly transport: Transport;
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

/** Reads one target in one round trip, judges it and proposes its steps. Always answers with an observation. */
export const observe = async (
  { transport, registry, clock, limitMs, secrets }: Gatherer,
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
  const sections = facts.flatMap((f) => (f.section ? [f.section] : []));
  const bound = limitMs + sections.reduce((sum, s) => sum + (s.waitMs ?? 0), 0);
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
  const ids = sections.map((s) => s.id);
  const outputs = readSections(output, ids);
  if (sections.length > 0 && [...outputs.values()].every((o) => o.kind === 'missing')) {
    if (cut) return missedObservation(target.name, unknown(cutShort(target)), times());
    const said = cleanLine(decode('output' in execution ? execution.output.stderr : output), 200) || 'nothing';
    const f = fault(
      'output_unreadable',
      `${target.name} did not run the script; it said: ${said}.`,
      'Look at the login shell.',
    );
    return missedObservation(target.name, { outcome: 'unknown', fault: f }, times());
  }
  const readings = Object.fromEntries(facts.map((f) => [f.name, f.read(outputs.get(f.name), cut, fleet, target)]));
  const verdicts = judge(runbook, readings, params.value);
  const proposal = propose(runbook, registry, readings, verdicts, bindings);
  const kept = Object.fromEntries(Object.entries(readings).map(([name, reading]) => [name, recorded(reading)]));
  return { target: target.name, ...times(), readings: kept, verdicts, ...proposal };
};

interface BoundFact {
  readonly name: string;
  readonly section?: Section & { readonly waitMs?: number };
  /** `cut`: what the host said did not come back whole. */
  read(output: SectionOutput | undefined, cut: boolean, fleet: readonly Target[], target: Target): Reading;
}

/** A fact with its arguments for this target. Arguments that a param makes impossible are a reading that failed. */
const boundFact = (
  { name, type, args }: RunbookFact,
  registry: Registry,
  bindings: Bindings,
  withheld: readonly string[],
): BoundFact => {
  const kind = registry.facts.get(type);
  if (!kind) return { name, read: () => unread(`there is no fact ${type}`) };
  const bound = kind.args.safeParse(bindArgs(args, bindings));
  if (!bound.success) {
    const reason = `not possible with these params: ${bound.error.issues[0]?.message ?? ''}`;
    return { name, read: () => unread(reason) };
  }
  if (!isHostFact(kind))
    return { name, read: (_, __, fleet, target) => guarded(() => kind.read(bound.data, fleet, target)) };
  const named = placeholdersIn(args).flatMap((p) => (p.kind === 'secrets' ? [p.name] : []));
  const secret = named.find((name) => withheld.includes(name));
  const given = named.map((name) => bindings.secrets[name] ?? '');
  return {
    name,
    section: { id: name, ...kind.probe(bound.data) },
    read: (output, cut) => {
      const reading = readingOf(kind, bound.data, withoutEcho(output, given), cut);
      if (!secret || reading.status !== 'error') return reading;
      return unread(`${reading.reason} (the secret ${secret} is sent over ssh only: AWS keeps commands readable)`);
    },
  };
};

/** A shorter secret is not looked for in what a host said: it could stand there for something else. */
const TELLING_CHARACTERS = 8;

/** What the host said, without the secrets that the script was given. */
const withoutEcho = (output: SectionOutput | undefined, secrets: readonly string[]): SectionOutput | undefined => {
  const telling = secrets.filter((secret) => secret.length >= TELLING_CHARACTERS);
  if (output?.kind !== 'complete' || telling.length === 0) return output;
  return { ...output, text: telling.reduce((text, secret) => text.replaceAll(secret, '…'), output.text) };
};

const isHostFact = (kind: FactType): kind is HostFact => 'probe' in kind;

const readingOf = (kind: HostFact, args: unknown, output: SectionOutput | undefined, cut: boolean): Reading => {
  if ((!output || output.kind === 'missing') && cut)
    return unread('what the host said was cut on its way before it; over SSM `aws.output_bucket` takes longer output');
  if (!output || output.kind === 'missing') return unread('the script ended before it was read');
  if (output.kind === 'cut') return unread(`more than ${SECTION_BYTES / 1024} KiB came back, so it was not judged`);
  if (output.exit !== 0)
    return unread(`its script ended with ${output.exit}: ${cleanLine(output.text, 120) || 'no words'}`);
  return guarded(() => kind.parse(output.text, args));
};

const guarded = (read: () => Reading): Reading => {
  try {
    return read();
  } catch (error) {
    return unread(`its output could not be parsed: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const unread = (reason: string): Reading => ({ status: 'error', reason: cleanLine(reason) });

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
