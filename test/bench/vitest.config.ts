import { defineConfig } from 'vitest/config';

/** `npm run bench`: one file after the other, its figures printed, nothing beside it. */
export default defineConfig({
  test: {
    include: ['test/bench/*.bench.ts'],
    testTimeout: 280_000,
    hookTimeout: 60_000,
    pool: 'forks',
    fileParallelism: false,
    reporters: [['default', { summary: false }]],
    disableConsoleIntercept: true,
  },
});
