export interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly steps: readonly { readonly instruction: string; readonly text: string }[];
}

/** The stages of a Dockerfile: comments left out, continued lines joined. */
export const readDockerfile = (text: string): readonly Stage[] => {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replaceAll('\\\n', ' ')
    .split('\n');
  const stages: { base: string; name: string | undefined; steps: Stage['steps'][number][] }[] = [];
  for (const line of lines) {
    const [, instruction = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (instruction === 'FROM') {
      const [base = '', , name] = rest.split(/\s+/);
      stages.push({ base, name, steps: [] });
    } else stages.at(-1)?.steps.push({ instruction, text: rest });
  }
  return stages;
};

/** The words of an ENTRYPOINT or CMD in the exec form. */
export const execForm = (stage: Stage, instruction: 'ENTRYPOINT' | 'CMD'): readonly string[] => {
  const step = stage.steps.findLast((s) => s.instruction === instruction);
  const words: unknown = JSON.parse(step?.text ?? '[]');
  return Array.isArray(words) ? words.map(String) : [];
};

/** `NAME=VALUE`; what a value has of = is its own. */
export const variable = (pair: string): readonly [string, string] => {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
};

/** What ENV sets. */
export const environmentOf = (stage: Stage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    stage.steps.flatMap(({ instruction, text }) => (instruction === 'ENV' ? text.split(/\s+/).map(variable) : [])),
  );
