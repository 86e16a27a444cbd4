/**
 * What makes a change last on a machine that an image and a scaling group bring up: lines of cloud-init's `#cloud-config`,
 * each a key with its value in JSON, which is YAML. Keys of several changes are merged by whoever pastes them.
 */

/** Programs that run once, on the first boot, after the files are written. */
export const onFirstBoot = (...commands: readonly (readonly string[])[]): string =>
  `runcmd: ${JSON.stringify(commands)}`;

/** Programs that run early at every boot, before most services. */
export const atEveryBoot = (...commands: readonly (readonly string[])[]): string =>
  `bootcmd: ${JSON.stringify(commands)}`;

/** A file, or its last lines with `append`. */
export const writtenFile = (file: {
  readonly path: string;
  readonly content: string;
  readonly append?: boolean;
  readonly permissions?: string;
  readonly owner?: string;
}): string => `write_files: ${JSON.stringify([file])}`;
