const WHERE = 'AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SSM or AWS_ENDPOINT_URL_EC2, and `endpoint_url` in ~/.aws/config';

/**
 * What is wrong with an endpoint, where an error of the SDK (its name or the system's code, and its message) tells: a
 * predicate of the endpoint, and what to do. Undefined where it tells nothing of the kind.
 */
export const endpointTrouble = (
  name: string,
  message: string,
): { readonly why: string; readonly next: string } | undefined => {
  if (name === 'ERR_INVALID_URL' || /\bInvalid URL\b/.test(message))
    return { why: 'is no URL', next: `Write it as https://HOST: ${WHERE}.` };
  if (name === 'EPROTO' || /wrong version number/.test(message))
    return { why: 'speaks no TLS', next: `Correct its port, or write it as http://: ${WHERE}.` };
  if (
    name === 'SyntaxError' ||
    /Deserialization error|is not valid JSON|^UnknownError$|unclosed|Unparsed|char '/i.test(message)
  )
    return { why: 'is answered by something that is not AWS', next: `Look at ${WHERE}, and at the proxy.` };
  return undefined;
};
