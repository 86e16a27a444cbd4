import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** These take long and wait for servers and hosts: they begin first, and what is short fills the gaps. */
const LONG = ['chaos', 'contract', 'e2e', 'scenarios'];
const rank = ({ moduleId }: TestSpecification): number => LONG.findIndex((room) => moduleId.includes(`/test/${room}/`));

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = (file: TestSpecification) => (rank(file) === -1 ? LONG.length : rank(file));
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}

const common = { testTimeout: 90_000, hookTimeout: 120_000, pool: 'forks' } as const;
const PURE = ['test/unit/**/*.test.ts', 'test/cases/**/*.test.ts'];

export default defineConfig({
  test: {
    // Most tests wait for servers and hosts: more of them than processors.
    maxWorkers: 5,
    sequence: { sequencer: LongFirst },
    projects: [
      { test: { ...common, name: 'real', include: ['test/**/*.test.ts'], exclude: PURE } },
      // Tests of pure code share what they import.
      { test: { ...common, name: 'pure', include: PURE, isolate: false } },
    ],
  },
});
