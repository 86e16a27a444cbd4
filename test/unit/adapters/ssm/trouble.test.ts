import { describe, expect, it } from 'vitest';
import { faultOf, troubleOf } from '../../../../src/adapters/ssm/trouble.js';

const sdk = (name: string, status: number, message = '') =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
const node = (code: string, message = '') => Object.assign(new Error(message), { code });

describe('an error of the SDK', () => {
  it.each([
    [sdk('ThrottlingException', 400), 'throttled'],
    [sdk('RequestLimitExceeded', 503), 'throttled'],
    [sdk('SlowDown', 503), 'throttled'],
    [sdk('Whatever', 429), 'throttled'],
    [sdk('InvalidInstanceId', 400), 'refused'],
    [sdk('AccessDeniedException', 400), 'refused'],
    [sdk('UnrecognizedClientException', 403), 'refused'],
    [sdk('CredentialsProviderError', 0), 'unsent'],
    [node('ENOTFOUND'), 'unsent'],
    [node('EAI_AGAIN'), 'unsent'],
    [node('ECONNREFUSED'), 'unsent'],
    [Object.assign(node('EHOSTUNREACH'), { syscall: 'connect' }), 'unsent'],
    [Object.assign(node('EHOSTUNREACH'), { syscall: 'read' }), 'ambiguous'],
    [node('DEPTH_ZERO_SELF_SIGNED_CERT'), 'unsent'],
    [new Error('the request socket did not establish a connection with the server within 3000 ms'), 'unsent'],
    [node('ECONNRESET'), 'ambiguous'],
    [node('EPIPE'), 'ambiguous'],
    [sdk('TimeoutError', 0, 'the request timed out'), 'ambiguous'],
    [sdk('InternalServerError', 500), 'ambiguous'],
    [sdk('ServiceUnavailable', 503), 'ambiguous'],
    [sdk('SyntaxError', 200, 'Unexpected token'), 'ambiguous'],
    ['a string', 'ambiguous'],
    [undefined, 'ambiguous'],
  ])('%s is %s', (error, kind) => expect(troubleOf(error).kind).toBe(kind));

  it('whose end nobody knows is never called refused or unsent: then a script could be sent twice', () => {
    for (const status of [200, 500, 502, 503, 504]) expect(troubleOf(sdk('Odd', status)).kind).toBe('ambiguous');
  });

  it.each([
    [sdk('ExpiredTokenException', 400), 'aws_credentials', /expired/],
    [sdk('AccessDeniedException', 400, 'not authorized to perform: ssm:SendCommand'), 'aws_denied', /ssm:SendCommand/],
    [sdk('InvalidSignatureException', 403), 'aws_credentials', /does not take the credentials/],
    [node('CERT_HAS_EXPIRED'), 'aws_unreachable', /certificate/],
  ])('%s is told in words, with the place', (error, code, words) => {
    const told = faultOf(troubleOf(error), { region: 'eu-west-1', profile: 'prod' }, 'ssm:SendCommand');
    expect(told).toMatchObject({ code, message: expect.stringMatching(words), next: expect.stringMatching(/\.$/) });
    expect(told.message.length).toBeLessThan(400);
  });

  it('names the profile whose session is to be renewed', () => {
    const told = faultOf(
      troubleOf(sdk('ExpiredToken', 403)),
      { region: 'eu-west-1', profile: 'prod' },
      'ssm:SendCommand',
    );
    expect(told.next).toContain('aws sso login --profile prod');
  });
});
