import { answer, type Reply, refuse } from './reply.js';

/** A Command document that runs shell on Linux: its parameters, and whether they must be given. */
export interface ShellDocument {
  readonly name: string;
  /** Names that it takes; `commands` holds the script. `required` ones have no default. */
  readonly parameters: Readonly<Record<string, 'required' | 'optional'>>;
  /** Name of its step, for documents of schema 2.2. */
  readonly step?: string;
  /** `allowedPattern` of a parameter: its whole value must match. */
  readonly allowed?: Readonly<Record<string, RegExp>>;
}

/** As `aws ssm get-document --name AWS-RunShellScript` shows it. */
export const RUN_SHELL_SCRIPT: ShellDocument = {
  name: 'AWS-RunShellScript',
  parameters: { commands: 'required', workingDirectory: 'optional', executionTimeout: 'optional' },
  allowed: {
    executionTimeout: /^(([1-9][0-9]{0,4})|(1[0-6][0-9]{4})|(17[0-1][0-9]{3})|(172[0-7][0-9]{2})|(172800))$/,
  },
};

export interface Bound {
  readonly script: string;
  readonly workingDirectory?: string;
  readonly executionTimeout: number;
}

type Parameters = Readonly<Record<string, readonly string[]>>;

const MAX_BYTES = 65_536;

/**
 * Binds a call's parameters to a document. `{{ssm:NAME}}` in a value becomes that parameter's value before the host sees it.
 * Faults: `InvalidParameters`, `MaxDocumentSizeExceeded` (64 KB).
 */
export const bind = (
  document: ShellDocument,
  given: Parameters,
  parameterStore: Readonly<Record<string, string>>,
): Reply<Bound> => {
  const unknown = Object.keys(given).some((name) => document.parameters[name] === undefined);
  if (unknown) return refuse('InvalidParameters', `document ${document.name} does not support parameters.`);
  const required = Object.keys(document.parameters).filter((name) => document.parameters[name] === 'required');
  const valid = Object.entries(document.allowed ?? {}).every(([name, pattern]) =>
    (given[name] ?? []).every((value) => pattern.test(value)),
  );
  if (!valid || required.some((name) => !given[name]?.length))
    return refuse('InvalidParameters', 'Parameters provided in document are invalid or not supported.');
  if (Buffer.byteLength(JSON.stringify(given)) > MAX_BYTES)
    return refuse('MaxDocumentSizeExceeded', 'The size limit of a document is 64 KB.');
  const values: Record<string, readonly string[]> = {};
  for (const [name, list] of Object.entries(given)) {
    const expanded = list.map((value) => expand(value, parameterStore));
    const lost = expanded.flatMap((e) => e.missing);
    if (lost.length > 0)
      return refuse('InvalidParameters', `Parameters [${lost}] are not found in the parameter store.`);
    values[name] = expanded.map((e) => e.text);
  }
  const workingDirectory = values.workingDirectory?.[0];
  return answer({
    script: `${(values.commands ?? []).join('\n')}\n`,
    ...(workingDirectory?.startsWith('/') && { workingDirectory }),
    executionTimeout: executionTimeout(values.executionTimeout?.[0]),
  });
};

const REFERENCE = /\{\{\s*ssm:([a-zA-Z0-9_.\-/]+)(?::\d+)?\s*\}\}/g;

const expand = (value: string, store: Readonly<Record<string, string>>) => {
  const missing: string[] = [];
  const text = value.replaceAll(REFERENCE, (whole, name: string) => {
    const found = store[name];
    if (found === undefined) missing.push(name);
    return found ?? whole;
  });
  return { text, missing };
};

/** Seconds: 5 to 172,800, else 3600 without a word (`ValidateExecutionTimeout` of the agent's pluginutil.go). */
const executionTimeout = (value: string | undefined): number => {
  const seconds = Math.trunc(Number(value ?? 3600));
  return seconds >= 5 && seconds <= 172_800 ? seconds : 3600;
};
