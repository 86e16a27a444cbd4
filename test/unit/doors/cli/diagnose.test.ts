import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../../src/doors/cli/program.js';
import { deedsBy } from '../../../rig/deeds.js';

/** What the program is told to diagnose by this command line. */
const asked = async (...argv: readonly string[]) => {
  const seen: unknown[] = [];
  const deeds = deedsBy(async (name, [what, options]) => {
    if (name === 'diagnose') seen.push({ ...Object(what), ...Object(options) });
    return name === 'diagnose' ? 0 : 3;
  });
  const code = await runProgram(['diagnose', ...argv], '0', deeds, { out: () => undefined, err: () => undefined });
  return code === 0 ? seen[0] : code;
};

describe('runbolt diagnose', () => {
  it.each([
    [['EADDRNOTAVAIL'], { text: 'EADDRNOTAVAIL' }],
    [['dial tcp: cannot\nassign'], { text: 'dial tcp: cannot\nassign' }],
    [['cannot', 'assign'], { text: 'cannot assign' }],
    [['-', '--', 'web-3'], { text: '-', selector: 'web-3' }],
    [['cannot', 'assign', '--', 'env=prod'], { text: 'cannot assign', selector: 'env=prod' }],
    [['--json', 'x', '--', 'web-3'], { text: 'x', selector: 'web-3', json: true }],
    [['--', '-x failed'], { text: '-x failed' }],
    [['x', '--', 'a', 'b'], { text: 'x a b' }],
    [[], { text: '' }],
  ])('%j', async (argv, expected) => {
    expect(await asked(...argv)).toEqual(expected);
  });
});
