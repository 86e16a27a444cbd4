import { readdirSync, readFileSync } from 'node:fs';
import { blockedListener } from '../../../src/facts/blocked-listener/blocked-listener.js';
import { listenerAnswer } from '../../../src/facts/listener-answer/listener-answer.js';

const CASES = new URL('../../cases/lb/', import.meta.url);

/** What real hosts printed, from the cases; only outputs that can be read. */
const recorded = (fact: 'listeners' | 'answer', cases: RegExp): readonly string[] =>
  readdirSync(CASES)
    .filter((name) => cases.test(name))
    .map((name): string => {
      const data: { outputs: { listeners: readonly string[]; answer: readonly string[] } } = JSON.parse(
        readFileSync(new URL(name, CASES), 'utf8'),
      );
      return data.outputs[fact].map((line) => `${line}\n`).join('');
    });

/** The parsers of the runbook lb's facts, for fuzzing. */
export const lbParsers = {
  blocked_listener: {
    schema: blockedListener.schema,
    outputs: recorded('listeners', /\.json$/),
    parse: (text: string) => blockedListener.parse(text, {}),
  },
  listener_answer: {
    schema: listenerAnswer.schema,
    outputs: recorded('answer', /^asked-(blocks|answers)\.json$/),
    parse: (text: string) => listenerAnswer.parse(text, { port: 8080, consent: true }),
  },
};
