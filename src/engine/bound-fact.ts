import { type Bindings, bindArgs, placeholdersIn } from '../core/args.js';
import type { FactType, HostFact, Probe, Reading } from '../core/fact-type.js';
import type { Registry } from '../core/registry.js';
import type { RunbookFact } from '../core/runbook.js';
import { SECTION_BYTES, type SectionOutput } from '../core/script.js';
import type { Target } from '../core/target.js';
import { cleanLine } from '../core/text.js';

/** A fact with its arguments for one target. */
export interface BoundFact {
  readonly name: string;
  readonly probe?: Probe;
  /** What its probe was given of them. */
  readonly secrets?: readonly string[];
  /** `cut`: what the host said did not come back whole. */
  read(output: SectionOutput | undefined, cut: boolean, fleet: readonly Target[], target: Target): Reading;
}

/** Arguments that a param makes impossible are a reading that failed; `withheld` are secrets that it may not have. */
export const boundFact = (
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
  return {
    name,
    probe: kind.probe(bound.data),
    secrets: named.map((name) => bindings.secrets[name] ?? ''),
    read: (output, cut) => {
      const reading = readingOf(kind, bound.data, output, cut);
      if (!secret || reading.status !== 'error') return reading;
      return unread(`${reading.reason} (the secret ${secret} is sent over ssh only: AWS keeps commands readable)`);
    },
  };
};

/** A shorter secret is not looked for in what a host said: it could stand there for something else. */
const TELLING_CHARACTERS = 8;

/** What the host said, without the secrets that the script was given. */
export const withoutEcho = (
  output: SectionOutput | undefined,
  secrets: readonly string[],
): SectionOutput | undefined => {
  const telling = secrets.filter((secret) => secret.length >= TELLING_CHARACTERS);
  if (output?.kind !== 'complete' || telling.length === 0) return output;
  return { ...output, text: telling.reduce((text, secret) => text.replaceAll(secret, '…'), output.text) };
};

export const isHostFact = (kind: FactType): kind is HostFact => 'probe' in kind;

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
