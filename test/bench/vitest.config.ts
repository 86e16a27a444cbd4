import { defineConfig } from 'vitest/config';

/** `npm run bench`: one file, its table printed, nothing beside it. */
export default defineConfig({
  test: {
    include: ['test/bench/*.bench.ts'],
    testTimeout: 280_000,
    hookTimeout: 60_000,
    pool: 'forks',
    reporters: [['default', { summary: false }]],
    disableConsoleIntercept: true,
  },
});
