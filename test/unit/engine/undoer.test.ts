import { beforeAll, describe, expect, it } from 'vitest';
import { runbooksOf } from '../../../src/composition/runbook-files.js';
import type { Runbook } from '../../../src/core/runbook.js';
import { undoerFrom } from '../../../src/engine/undoer.js';

const managed = { by: 'Puppet (/etc/puppetlabs)', managers: [], read: true, unread: [] };
const scaling = { by: 'the Auto Scaling group web: new instances come from its image', group: 'web' };
const nobody = { managed: { ...managed, by: '' }, scaling: { by: '', group: '' } };

describe('who may undo a fix', () => {
  let runbook: Runbook;
  beforeAll(async () => {
    const read = await runbooksOf(undefined);
    const tcp = read.ok ? read.value.get('tcp') : undefined;
    if (!tcp) throw new Error('there is no runbook tcp');
    runbook = tcp;
  });

  it('is told of all that were read', () => {
    expect(undoerFrom(runbook, { managed, scaling })).toBe(`a fix may be undone by ${managed.by}, ${scaling.by}`);
    expect(undoerFrom(runbook, { ...nobody, scaling })).toBe(`a fix may be undone by ${scaling.by}`);
    expect(undoerFrom(runbook, nobody)).toBe('');
  });

  it('is told as far as it is known where one of them could not be read, and that there may be more', () => {
    expect(undoerFrom(runbook, { scaling })).toBe(`a fix may be undone by ${scaling.by}; who else could not be told`);
    expect(undoerFrom(runbook, { managed })).toBe(`a fix may be undone by ${managed.by}; who else could not be told`);
    expect(undoerFrom(runbook, { scaling: nobody.scaling })).toBe('who may undo a fix could not be told');
  });
});
