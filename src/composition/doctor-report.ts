import { type ExitCode, faultIn } from '../core/fault.js';
import type { Clock } from '../engine/ports.js';

/** What was found. `unknown`: it could not be told, which is neither well nor wrong. */
export interface Finding {
  readonly state: 'pass' | 'fail' | 'unknown';
  readonly message: string;
  /** What to do about it. */
  readonly next?: string;
}

/** One thing that is looked at, within its own time. */
export interface Check {
  readonly name: string;
  look(): Promise<readonly Finding[]>;
}

export interface Report {
  readonly check: string;
  readonly findings: readonly Finding[];
}

/** A check that has not ended within this could not tell, ms. AWS's credentials say by then why they do not come. */
const LIMIT_MS = 25_000;

export const pass = (message: string): Finding => ({ state: 'pass', message });
export const fail = (message: string, next: string): Finding => ({ state: 'fail', message, next });
export const unknown = (message: string, next: string): Finding => ({ state: 'unknown', message, next });

/** Looks at all of it side by side. A check that throws or takes too long could not tell. */
export const examine = (checks: readonly Check[], clock: Clock): Promise<readonly Report[]> =>
  Promise.all(
    checks.map(async ({ name, look }) => {
      const timer = new AbortController();
      const late = clock.sleep(LIMIT_MS, timer.signal).then(
        () => [unknown(`It was not known after ${LIMIT_MS / 1000} s.`, 'Ask again; check the network to it.')],
        () => [],
      );
      try {
        return { check: name, findings: await Promise.race([look(), late]) };
      } catch (error) {
        const known = faultIn(error);
        if (known) return { check: name, findings: [fail(known.message, known.next)] };
        const said = error instanceof Error ? error.message : String(error);
        return {
          check: name,
          findings: [unknown(`It could not be looked at: ${said}.`, 'Tell the makers of Runbolt.')],
        };
      } finally {
        timer.abort();
      }
    }),
  );

/** 0 all is well; 1 something is wrong; 3 nothing is known to be wrong, but something could not be told. */
export const exitCodeOf = (reports: readonly Report[]): ExitCode => {
  const states = reports.flatMap(({ findings }) => findings.map(({ state }) => state));
  if (states.includes('fail')) return 1;
  return states.includes('unknown') ? 3 : 0;
};

const SIGNS = { pass: '✓', fail: '✗', unknown: '?' } as const;

export const showReports = (reports: readonly Report[]): readonly string[] => {
  const width = Math.max(...reports.map(({ check }) => check.length));
  const lines = reports.flatMap(({ check, findings }) =>
    findings.flatMap(({ state, message, next }, n) => [
      `${SIGNS[state]} ${(n === 0 ? check : '').padEnd(width)}  ${message}`,
      ...(next === undefined ? [] : next.split('\n').map((line) => `${' '.repeat(width + 4)}${line}`)),
    ]),
  );
  const all = reports.flatMap(({ findings }) => findings);
  const count = (state: Finding['state']) => all.filter((f) => f.state === state).length;
  return [...lines, `${count('pass')} well, ${count('fail')} wrong, ${count('unknown')} could not be told`];
};
