import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { failure, ok, type Result } from '../core/fault.js';
import { loadRunbook } from '../core/runbook-loader.js';
import { shown } from './config-file.js';
import { builtIn } from './registry.js';
import { runbookSchema } from './runbook-schema.js';

/**
 * Writes a start for a runbook of the team's own: it passes lint, runs, and fixes something. Fault `argument_unexpected`
 * for a name that cannot be a command or is one already, and where the file is there: nothing is ever written over.
 */
export const newRunbook = async (
  name: string,
  directory: string,
  taken: readonly string[],
): Promise<Result<string>> => {
  const command = name.replace(/\.ya?ml$/, '');
  if (taken.includes(command))
    return failure('argument_unexpected', `There is a runbook \`${command}\` already.`, 'Choose another name.');
  const text = START(command);
  const loaded = loadRunbook(`${command}.yaml`, text, builtIn);
  if (!loaded.ok) {
    const next = 'A name is lower-case letters, digits and _, such as baseline, and no word of Runbolt itself.';
    return failure('argument_unexpected', `\`${name}\` cannot be the name of a runbook.`, next);
  }
  const path = join(directory, `${command}.yaml`);
  const there = await lstat(directory).catch(() => undefined);
  if (!there) return failure('argument_unexpected', `There is no directory ${shown(directory)}.`, 'Make it first.');
  const code = await write(path, text);
  if (code === 'EEXIST')
    return failure('argument_unexpected', `${shown(path)} is there already.`, 'Choose another name, or edit it.');
  if (code !== undefined)
    return failure('argument_unexpected', `${shown(path)} cannot be written (${code}).`, 'Choose another directory.');
  await write(join(directory, SCHEMA), `${JSON.stringify(runbookSchema(builtIn), null, 2)}\n`);
  return ok(path);
};

/** For editors, beside the runbooks: written where it is not there yet. */
const SCHEMA = 'runbook.schema.json';

/** Writes a file that is not there; else the system's code of what is wrong. */
const write = async (path: string, text: string): Promise<string | undefined> => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  try {
    const file = await open(path, flags, 0o644);
    await file.writeFile(text).finally(() => file.close());
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
};

/** What to do next with the file, from where the person stands. */
export const nextSteps = (path: string, configured: boolean): readonly string[] => {
  const file = relative(process.cwd(), resolve(path));
  const command = file.replace(/^.*\//, '').replace(/\.yaml$/, '');
  return [
    `Wrote ${file}. Next:`,
    `  runbolt lint ${file}`,
    ...(configured ? [] : ['  in runbolt.yaml: runbooks: the directory it is in']),
    `  runbolt verify ${command} 'web-*'`,
  ];
};

const START = (command: string): string => `# yaml-language-server: $schema=./${SCHEMA}
command: ${command}                  # /${command} verify|fix SELECTOR
title: What this runbook keeps right
symptoms: []                       # words of the errors it explains

params:
  backlog: { type: integer, default: 4096, min: 128, max: 65535, help: "Connections that may wait to be accepted." }

facts:
  backlog: { sysctl: net.core.somaxconn }
  motd: { file: { path: /etc/motd, content: text } }
  managed: { management: {} }

checks:
  backlog:
    severity: warning
    expect: int(backlog.running) >= params.backlog
    otherwise: "somaxconn is {backlog.running}, less than {params.backlog}"
    consequence: "Under a burst, connections are dropped."
    cure: "Set it now and at boot."
    rule: "listen(2): the backlog of a socket is cut to net.core.somaxconn."
  backlog_lasts:
    severity: warning
    expect: backlog.lasts
    otherwise: "somaxconn is {backlog.running} now, {backlog.at_boot}"
    consequence: "The next reboot may take the value back."
    cure: "Set it at boot, too."
    rule: "Predicted from the files that the boot loader reads."
  motd:
    severity: warning
    expect: motd.exists && search(motd.text, "Kept by Runbolt")
    otherwise: "/etc/motd does not say who keeps this host"
    consequence: "People change by hand what is put back later."
    cure: "Say it in /etc/motd."
    rule: "A rule of our own."

changes:
  backlog:
    when: checks.backlog.failed || checks.backlog_lasts.failed
    sysctl: { key: net.core.somaxconn, value: "{params.backlog}" }
  motd:
    when: checks.motd.failed
    file: { path: /etc/motd, line: { text: "Kept by Runbolt." } }

undone_by: "{managed.by}"
rollout: { canary: 1, batch: 25%, stop_after_failures: 1 }

knowledge: |
  What it means, and what to do by hand.
`;
