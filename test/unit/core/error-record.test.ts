import { describe, expect, it } from 'vitest';
import { errorRecord } from '../../../src/core/error-record.js';
import { FaultError, fault } from '../../../src/core/fault.js';

const SECRET = 'hunter2';
const written = (error: unknown) => JSON.stringify(errorRecord(error));

describe('the record of an error', () => {
  it('says type, message, code and where', () => {
    const error = Object.assign(new TypeError('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(errorRecord(error)).toMatchObject({
      type: 'TypeError',
      message: 'connect ECONNREFUSED',
      code: 'ECONNREFUSED',
    });
    expect(errorRecord(error).at[0]).toContain('error-record.test.ts');
  });

  it('has nothing of what a library hung onto it', () => {
    const command = { name: 'hello', args: ['3', 'AUTH', 'user', SECRET] };
    const request = { config: { headers: { authorization: SECRET } } };
    expect(written(Object.assign(new Error('WRONGPASS'), { command, original: request, input: SECRET }))).not.toContain(
      SECRET,
    );
  });

  it('of a query tells why it failed and not with which parameters', () => {
    const cause = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    const failed = new Error(`Failed query: INSERT ...\nparams: ${SECRET}`, { cause });
    const record = errorRecord(Object.assign(failed, { query: 'INSERT ...', params: [SECRET] }));
    expect(record).toMatchObject({ message: 'deadlock detected', code: '40P01' });
    expect(JSON.stringify(record)).not.toContain(SECRET);
    expect(written(Object.assign(new Error(SECRET), { params: [SECRET] }))).not.toContain(SECRET);
  });

  it('names a fault by its code, and ends for causes in a circle and for what is no error', () => {
    expect(errorRecord(new FaultError(fault('queue_unreachable', 'No.', 'Start it.'))).code).toBe('queue_unreachable');
    const circle = new Error('a');
    circle.cause = circle;
    expect(errorRecord(circle).cause?.cause?.cause?.cause).toBeUndefined();
    expect(errorRecord('thrown text')).toMatchObject({ type: 'string', message: 'thrown text' });
  });
});
