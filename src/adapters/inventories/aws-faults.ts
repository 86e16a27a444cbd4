import { type Fault, FaultError } from '../../core/fault.js';
import { cleanLine } from '../../core/text.js';
import { endpointTrouble } from '../aws/endpoint.js';
import { CredentialsRefused, hasExpired, isUnknown, LACKING, renewal, wantsLogin } from '../aws/refusal.js';
import { unread } from './source.js';

const NETWORK: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE']);

/**
 * What an error of AWS's SDK means for a person: credentials, rights, region, endpoint or rate. `place` is what was asked
 * (`ec2 eu-west-1`), `action` the right that it needs (`ec2:DescribeInstances`).
 */
export const awsFault = (error: unknown, place: string, action: string, profile: string | undefined): Fault => {
  if (error instanceof FaultError) return error.fault;
  const name = nameOf(error);
  const said = cleanLine(error instanceof Error ? error.message : String(error), 200).replace(/\.$/, '');
  const is = (...names: readonly string[]) => names.some((one) => one === name || one === codeOf(error));
  const whose = profile === undefined ? 'the AWS credentials' : `the credentials of the profile ${profile}`;
  const fault = (why: string, next: string) => unread(place, why, next).fault;
  const renewed = renewal(profile, error instanceof CredentialsRefused && error.fromEnvironment);
  if (wantsLogin(said) || hasExpired(name)) return fault(`${whose} have expired`, renewed);
  if (is('CredentialsTimeout')) {
    const asked = `aws sts get-caller-identity${profile === undefined ? '' : ` --profile ${profile}`}`;
    return fault(
      `${whose} do not come (${said})`,
      `Run \`${asked}\` as the user that Runbolt runs as: a \`credential_process\` that asks somebody, or a server that does not answer, gives none.`,
    );
  }
  if (is('CredentialsProviderError', 'TokenProviderError')) {
    const lacking =
      profile === undefined ? 'there are no AWS credentials' : `the profile ${profile} gives no credentials`;
    return fault(
      `${lacking} (${said})`,
      profile === undefined ? LACKING : 'Look at ~/.aws/config and ~/.aws/credentials, and ask again.',
    );
  }
  if (isUnknown(name))
    return fault(
      `AWS does not accept ${whose} (${said})`,
      `Are they right, and is the region one that the account has on? ${renewed}`,
    );
  if (is('OptInRequired'))
    return fault('the account has that region not enabled', 'Enable it in the account, or leave it out.');
  if (is('UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException'))
    return fault(`${whose} may not do ${action}`, `Allow ${action} in their IAM policy.`);
  if (is('RequestLimitExceeded', 'Throttling', 'ThrottlingException', 'TooManyRequestsException'))
    return fault('AWS refuses more calls for now (throttling)', 'Ask again in a minute.');
  if (is('RequestTimeTooSkewed')) return fault("this machine's clock is wrong", 'Let it be set by NTP.');
  if (is('InvalidParameterValue', 'InvalidFilterKey')) return fault(said, 'Look at `filters` of this inventory.');
  const endpoint = endpointTrouble(codeOf(error) ?? name, said);
  if (endpoint) return fault(`its endpoint ${endpoint.why}`, endpoint.next);
  if (is('ENOTFOUND', 'EAI_AGAIN'))
    return fault(
      `its endpoint has no address (${said})`,
      'Look at the region, at AWS_ENDPOINT_URL, and at the DNS of this machine.',
    );
  if (is('TimeoutError', 'AbortError', 'ETIMEDOUT') || [...NETWORK].some((one) => is(one)))
    return fault(`its endpoint does not answer (${said})`, 'Look at the network, the proxy, and AWS_ENDPOINT_URL.');
  return fault(said === '' ? name : `${name}: ${said}`, 'Ask again; if it stays so, look at the AWS status page.');
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown error');

/** The network's code, wherever the SDK has put it. */
const codeOf = (error: unknown, depth = 0): string | undefined => {
  if (!(error instanceof Error) || depth > 3) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0], depth + 1);
  return codeOf(error.cause, depth + 1);
};
