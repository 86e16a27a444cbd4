import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The product as JavaScript, for tests that need it in a process of its own. Inside node_modules, so imports resolve. */
export const compiled = (): { readonly directory: string; remove(): void } => {
  const root = resolve(import.meta.dirname, '../../..');
  const directory = join(root, 'node_modules', '.cache', `runbolt-test-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  execFileSync(join(root, 'node_modules', '.bin', 'tsc'), [
    ...[
      '--ignoreConfig',
      '--target',
      'ES2023',
      '--module',
      'NodeNext',
      '--skipLibCheck',
      '--types',
      'node',
      '--strict',
    ],
    ...['--noCheck', '--rootDir', join(root, 'src'), '--outDir', directory],
    join(root, 'src/demo/fleet.ts'),
    join(root, 'src/demo/slack/start.ts'),
  ]);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
};
