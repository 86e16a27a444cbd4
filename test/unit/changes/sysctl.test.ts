import { describe, expect, test } from 'vitest';
import { sysctlChange } from '../../../src/changes/sysctl/sysctl.js';
import type { FactValue, Reading } from '../../../src/core/fact-type.js';

const KEY = 'net.ipv4.tcp_tw_reuse';
const wanted = { key: KEY, value: '1' };

const seen = (fields: FactValue = {}, edit: FactValue = {}): Reading => ({
  status: 'read',
  evidence: [],
  value: {
    running: '2',
    system: '',
    system_set: false,
    after_boot: '2',
    after_boot_known: true,
    read_only: false,
    etc_writable: true,
    root: true,
    unread: [],
    ...fields,
    edit: { conf: [], rc_local: [], blockers: [], files: [], own: [], own_kind: 'absent', ...edit },
  },
});

describe('planning the change sysctl', () => {
  test('asks for the fact of the same key', () => {
    expect(sysctlChange.needs(wanted)).toEqual([{ type: 'sysctl', args: KEY }]);
  });

  test('takes a number or text, and no shell', () => {
    expect(sysctlChange.args.parse({ key: KEY, value: 1 })).toEqual(wanted);
    expect(sysctlChange.args.safeParse({ key: KEY, value: '1; id' }).success).toBe(false);
    expect(sysctlChange.args.safeParse({ key: KEY, value: '1\n2' }).success).toBe(false);
  });

  test.each<[string, Reading | undefined]>([
    ['unread', undefined],
    ['failed', { status: 'error', reason: 'The output is cut.' }],
    ['absent', { status: 'absent', reason: 'This kernel has no such key.' }],
    ['odd', { status: 'read', value: { running: 1 }, evidence: [] }],
    ['read without root', seen({ root: false })],
    ['read-only', seen({ read_only: true })],
    ['at the mercy of a file that could not be read', seen({ after_boot_known: false, unread: ['/etc/cron.d/x'] })],
    ['/etc read-only', seen({ etc_writable: false })],
    [
      'beaten by another file',
      seen({}, { blockers: [JSON.stringify({ who: '/etc/sysctl.d/zz.conf:1', value: '0' })] }),
    ],
    ['on a host without sha256sum', seen({}, { files: [JSON.stringify({ path: '/etc/sysctl.conf', sha256: '' })] })],
  ])('a key that is %s is refused with a reason', (_, reading) => {
    expect(sysctlChange.plan(wanted, reading ? [reading] : [])).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(/.{10,}/),
    });
  });

  test('without sha256sum even the running value alone is refused: its guard reads the files', () => {
    const files = [JSON.stringify({ path: '/etc/sysctl.conf', sha256: '' })];
    expect(sysctlChange.plan(wanted, [seen({ running: '2', after_boot: '1' }, { files })]).kind).toBe('refused');
  });

  test('the line shown as replaced in the own drop-in is this key’s, not one that begins alike', () => {
    const own = ['net.ipv4.tcp_tw_reuse_delay = 500', ' -net.ipv4.tcp_tw_reuse=2'];
    const files = [JSON.stringify({ path: '/etc/sysctl.d/99-zz-runbolt.conf', sha256: 'a'.repeat(64) })];
    expect(sysctlChange.plan(wanted, [seen({}, { own, own_kind: 'file', files })])).toMatchObject({
      steps: [{ effects: expect.arrayContaining([expect.objectContaining({ kind: 'edits', from: own[1], line: 2 })]) }],
    });
  });

  test('nothing is planned where running, boot and system are right', () => {
    expect(sysctlChange.plan(wanted, [seen({ running: '1', after_boot: '1', system: '1', system_set: true })])).toEqual(
      { kind: 'nothing' },
    );
  });

  test('what only sysctl --system would set wrong is planned too', () => {
    expect(
      sysctlChange.plan(wanted, [seen({ running: '1', after_boot: '1', system: '2', system_set: true })]).kind,
    ).toBe('steps');
  });

  test('reads the runbook’s own fact where it is named', () => {
    expect(sysctlChange.needs({ ...wanted, fact: 'reuse' })).toEqual([{ type: 'sysctl', fact: 'reuse' }]);
  });

  test('lines of other keys in the own drop-in are kept', () => {
    const own = ['# ours', 'net.core.somaxconn = 4096', `${KEY} = 2`];
    const files = [JSON.stringify({ path: '/etc/sysctl.d/99-zz-runbolt.conf', sha256: 'a'.repeat(64) })];
    expect(sysctlChange.plan(wanted, [seen({}, { own, own_kind: 'file', files })])).toMatchObject({
      steps: [{ env: { DROPIN_TEXT: `# ours\nnet.core.somaxconn = 4096\n${KEY} = 1\n` } }],
    });
  });
});
