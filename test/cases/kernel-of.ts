import type { Reading } from '../../src/core/fact-type.js';
import { kernel } from '../../src/facts/kernel.js';

/** The fact kernel of the host whose output was recorded, by the release that stands in a line of it. */
export const kernelOf = (lines: readonly string[]): Reading => {
  const said = lines.map((line) => /^(?:kernel|machine\t[^\t]*)\t(.*)$/.exec(line)?.[1]).find((release) => release);
  return kernel.parse(`${said ?? ''}\n`, {});
};
