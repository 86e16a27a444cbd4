import { describe, expect, test } from 'vitest';
import { endpointTrouble } from '../../../../src/adapters/aws/endpoint.js';

describe('an error of the SDK', () => {
  test.each([
    ['ERR_INVALID_URL', 'Invalid URL', 'is no URL'],
    ['TypeError', 'Invalid URL', 'is no URL'],
    ['EPROTO', 'write EPROTO 80:error:ssl3_get_record:wrong version number', 'speaks no TLS'],
    ['SyntaxError', `Unexpected token '<', "<!DOCTYPE" is not valid JSON`, 'is answered by something that is not AWS'],
    ['Unknown', 'UnknownError', 'is answered by something that is not AWS'],
  ])('%s (%s) says that the endpoint %s', (name, message, why) => {
    expect(endpointTrouble(name, message)).toMatchObject({ why, next: expect.stringContaining('AWS_ENDPOINT_URL') });
  });

  test.each([
    ['ThrottlingException', 'Rate exceeded'],
    ['ECONNRESET', 'socket hang up'],
    ['InternalServerError', 'UnknownError happened'],
  ])('%s (%s) says nothing of the endpoint', (name, message) => {
    expect(endpointTrouble(name, message)).toBeUndefined();
  });
});
