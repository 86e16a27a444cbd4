import type { Reading } from '../core/fact-type.js';
import { type Fault, fault } from '../core/fault.js';
import type { Registry } from '../core/registry.js';
import { missedObservation, type Observation, type ParamValue } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { gatherScript, readSections, SECTION_BYTES, type Section, type SectionOutput } from '../core/script.js';
import type { Target } from '../core/target.js';
import { cleanLine, decode } from '../core/text.js';
import { judge } from './judge.js';
import type { Clock, Execution, RandomHex, Transport } from './ports.js';
import { propose } from './propose.js';

export interface Gatherer {
  readonly transport: Transport;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: RandomHex;
  /** Bound of one gathering in ms, connecting included. */
  readonly limitMs: number;
}

/** Reads one target in one round trip, judges it and proposes its steps. Always answers with an observation. */
export const observe = async (
  { transport, registry, clock, random, limitMs }: Gatherer,
  target: Target,
  runbook: Runbook,
  params: Readonly<Record<string, ParamValue>>,
  signal: AbortSignal,
): Promise<Observation> => {
  const at = clock.now();
  const sections = sectionsOf(runbook, registry);
  const boundary = random(16);
  const execution = await transport.execute(
    target,
    {
      text: gatherScript(sections, boundary),
      limitMs,
      maxBytes: (SECTION_BYTES + 1024) * (sections.length + 1),
      become: target.become,
    },
    signal,
  );
  const times = { at, durationMs: clock.now() - at };
  const missed = missedBy(execution, target, limitMs);
  if (missed) return missedObservation(target.name, missed, times);
  const output = 'output' in execution ? execution.output.stdout : Buffer.alloc(0);
  const outputs = readSections(
    output,
    boundary,
    sections.map((s) => s.id),
  );
  if (sections.length > 0 && [...outputs.values()].every((o) => o.kind === 'missing')) {
    const said = cleanLine(decode('output' in execution ? execution.output.stderr : output), 200) || 'nothing';
    const f = fault(
      'output_unreadable',
      `${target.name} did not run the script; it said: ${said}.`,
      'Look at the login shell.',
    );
    return missedObservation(target.name, { outcome: 'unknown', fault: f }, times);
  }
  const readings = Object.fromEntries(runbook.facts.map((f) => [f.name, readingOf(f, outputs.get(f.name), registry)]));
  const verdicts = judge(runbook, readings, params);
  const proposal = propose(runbook, registry, readings, verdicts, params);
  return { target: target.name, ...times, readings, verdicts, ...proposal };
};

const sectionsOf = (runbook: Runbook, registry: Registry): readonly Section[] =>
  runbook.facts.flatMap(({ name, type, args }) => {
    const probe = registry.facts.get(type)?.probe(args);
    return probe ? [{ id: name, ...probe }] : [];
  });

const readingOf = (fact: Runbook['facts'][number], output: SectionOutput | undefined, registry: Registry): Reading => {
  const type = registry.facts.get(fact.type);
  if (!type || !output || output.kind === 'missing') return unread('the script ended before it was read');
  if (output.kind === 'cut') return unread(`more than ${SECTION_BYTES / 1024} KiB came back, so it was not judged`);
  if (output.exit !== 0)
    return unread(`its script ended with ${output.exit}: ${cleanLine(output.text, 120) || 'no words'}`);
  try {
    return type.parse(output.text, fact.args);
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
        fault: fault(
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

const unknown = (f: Fault) => ({ outcome: 'unknown' as const, fault: f });
