import { z } from 'zod';
import { type Fault, fault } from '../../core/fault.js';
import { cleanLine } from '../../core/text.js';
import { endpointTrouble } from '../aws/endpoint.js';
import { CredentialsRefused, hasExpired, isUnknown, LACKING, renewal, wantsLogin } from '../aws/refusal.js';

/**
 * What an error of the SDK means for the call. `throttled`: refused for its rate, nothing was done. `refused`: the service
 * answered no, nothing was done. `unsent`: it never left. `ambiguous`: whether it was carried out is not known.
 */
export interface Trouble {
  readonly kind: 'throttled' | 'refused' | 'unsent' | 'ambiguous';
  /** The error's name in the API, or the system's code. */
  readonly name: string;
  readonly message: string;
  /** Of credentials that are refused: they are those of the environment. */
  readonly fromEnvironment?: boolean;
}

const shape = z.object({
  name: z.string().catch('Error'),
  message: z.string().catch(''),
  code: z.string().optional().catch(undefined),
  syscall: z.string().optional().catch(undefined),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional().catch(undefined),
});

const THROTTLED = /^(Throttl|RequestLimitExceeded|RequestThrottled|TooManyRequests|TooManyUpdates|SlowDown)/;
const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError|CredentialsTimeout)$/;
/** Of Node's codes, those before a connection stands: name, port, certificate. */
const UNSENT = /^(ENOTFOUND|EAI_|ECONNREFUSED|ERR_INVALID_URL|EPROTO|CERT_|ERR_TLS|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)/;
const NOT_CONNECTED = /did not establish a connection|wrong version number/;

export const troubleOf = (error: unknown): Trouble => {
  if (error instanceof CredentialsRefused) {
    const { name, message, fromEnvironment } = error;
    return { kind: 'refused', name, message, fromEnvironment };
  }
  const read = shape.safeParse(error);
  if (!read.success) return { kind: 'ambiguous', name: 'Error', message: String(error) };
  const { name, message, code, syscall, $metadata } = read.data;
  const status = $metadata?.httpStatusCode ?? 0;
  if (NO_CREDENTIALS.test(name)) return { kind: 'unsent', name, message };
  if (THROTTLED.test(name) || status === 429) return { kind: 'throttled', name, message };
  if (code !== undefined && (UNSENT.test(code) || syscall === 'connect'))
    return { kind: 'unsent', name: code, message };
  if (NOT_CONNECTED.test(message)) return { kind: 'unsent', name: 'ETIMEDOUT', message };
  if (status >= 400 && status < 500) return { kind: 'refused', name, message };
  return { kind: 'ambiguous', name: code ?? name, message };
};

/** Whether credentials were lacking, which asking again at once does not mend. */
export const isOfCredentials = ({ name }: Trouble): boolean => NO_CREDENTIALS.test(name);

export interface Where {
  readonly region: string;
  readonly profile?: string;
}

const PROFILE = 'Look at ~/.aws/config and ~/.aws/credentials, and ask again.';

/** Trouble in a person's words, with what to do. `call` is the action as IAM names it, such as `ssm:SendCommand`. */
export const faultOf = (trouble: Trouble, { region, profile }: Where, call: string): Fault => {
  const { name, message, kind, fromEnvironment = false } = trouble;
  const place = profile === undefined ? region : `${region} with profile ${profile}`;
  const words = cleanLine(message, 200);
  if (name === 'CredentialsTimeout')
    return fault('aws_credentials', `There are no AWS credentials for ${place}: ${words}.`, hangs(profile));
  if (NO_CREDENTIALS.test(name))
    return fault(
      'aws_credentials',
      `There are no AWS credentials for ${place}: ${words.replace(/\.$/, '') || name}.`,
      wantsLogin(words) ? renewal(profile, false) : profile === undefined ? LACKING : PROFILE,
    );
  if (hasExpired(name))
    return fault(
      'aws_credentials',
      `The AWS credentials for ${place} have expired.`,
      renewal(profile, fromEnvironment),
    );
  if (isUnknown(name))
    return fault(
      'aws_credentials',
      `AWS does not take the credentials for ${place} (${name}).`,
      `Check the access key, the clock of this machine, and that the account has enabled this region. ${renewal(profile, fromEnvironment)}`,
    );
  if (/^(AccessDenied|UnauthorizedOperation|OptInRequired|NotAuthorized)/.test(name))
    return fault(
      'aws_denied',
      `AWS does not allow ${call} in ${place}: ${words || name}.`,
      `Allow ${call} to these credentials (docs/ssm.md lists all that are needed).`,
    );
  const endpoint = endpointTrouble(name, message);
  if (endpoint) return fault('aws_unreachable', `The endpoint of ${place} ${endpoint.why}.`, endpoint.next);
  if (kind === 'unsent' || kind === 'ambiguous' || name.startsWith('Unknown')) return network(name, words, region);
  if (name === 'InvalidDocument' || name === 'InvalidDocumentVersion')
    return fault(
      'aws_refused',
      `${place} has no command document as asked for: ${words || name}.`,
      'Check `aws.document` of runbolt.yaml; the default is AWS-RunShellScript.',
    );
  if (name === 'InvalidParameters')
    return fault(
      'aws_refused',
      `The command document does not take what Runbolt sends: ${words || name}.`,
      '`aws.document` of runbolt.yaml needs the parameters `commands` and `executionTimeout` of AWS-RunShellScript.',
    );
  if (name === 'InvalidOutputFolder')
    return fault('aws_refused', `S3 does not take the output: ${words || name}.`, 'Check `aws.output_bucket`.');
  if (name === 'UnsupportedPlatformType')
    return fault('aws_refused', `The instance runs no Linux: ${words || name}.`, 'Take it out of the targets.');
  if (kind === 'throttled')
    return fault(
      'aws_refused',
      `AWS refuses calls in ${place} for their rate (${name}).`,
      'Ask for fewer hosts at once.',
    );
  return fault(
    'aws_refused',
    `AWS refuses ${call} in ${place}: ${name}${words ? `: ${words}` : ''}.`,
    'Look at the call in CloudTrail.',
  );
};

const hangs = (profile: string | undefined): string =>
  `Run \`aws sts get-caller-identity${profile === undefined ? '' : ` --profile ${profile}`}\` as the user that Runbolt runs as: a \`credential_process\` that asks somebody, or a server that does not answer, gives none.`;

const network = (name: string, words: string, region: string): Fault => {
  const next = `Check \`region\`, AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_SSM if they are set, and the way from this machine to AWS.`;
  if (/^(ENOTFOUND|EAI_)/.test(name))
    return fault('aws_unreachable', `The endpoint of ${region} has no address (${words}).`, next);
  if (/^(CERT_|ERR_TLS|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)/.test(name))
    return fault('aws_unreachable', `The endpoint of ${region} has no certificate to trust (${name}).`, next);
  return fault(
    'aws_unreachable',
    `The endpoint of ${region} does not answer (${name}${words ? `: ${words}` : ''}).`,
    next,
  );
};
