import type { ExitCode } from '../../src/core/fault.js';
import type { Deeds } from '../../src/doors/cli/program.js';

/** All that the program can be told to do, done by one function that is told the name and what was asked. */
export const deedsBy = (does: (name: keyof Deeds, asked: readonly unknown[]) => Promise<ExitCode>): Deeds => {
  const by =
    (name: keyof Deeds) =>
    (...asked: readonly unknown[]) =>
      does(name, asked);
  return {
    request: by('request'),
    show: by('show'),
    diagnose: by('diagnose'),
    start: by('start'),
    health: by('health'),
    doctor: by('doctor'),
    demo: by('demo'),
    newRunbook: by('newRunbook'),
    worker: by('worker'),
    lint: by('lint'),
    trust: by('trust'),
    backup: by('backup'),
    restore: by('restore'),
    manifest: by('manifest'),
    schema: by('schema'),
  };
};
