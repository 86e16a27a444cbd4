import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** What the demo needs to know of the machine it runs on. */
export interface Machine {
  readonly platform: string;
  /** As in Node.js: `x64`, `arm64`. */
  readonly architecture: string;
  /** Effective user ID, 0 for root. */
  readonly uid: number;
  /** Directories that programs are looked for in, separated by colons. */
  readonly searchPath: string;
  /** Path of the Node.js binary, which also runs the demo's workloads. */
  readonly node: string;
}

/** PATH of people who are not root often lacks the directories of administration tools. */
const ADMIN_DIRECTORIES = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** This machine. Called by the composition root only. */
export const thisMachine = (): Machine => ({
  platform: process.platform,
  architecture: process.arch,
  uid: process.geteuid?.() ?? -1,
  searchPath: `${process.env.PATH ?? ''}:${ADMIN_DIRECTORIES}`,
  node: process.execPath,
});

/** Path of a program, if it is to be had. */
export const whereIs = (machine: Machine, program: string): string | undefined =>
  machine.searchPath
    .split(':')
    .filter(Boolean)
    .map((directory) => join(directory, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
