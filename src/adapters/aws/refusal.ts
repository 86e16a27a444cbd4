import { z } from 'zod';

const EXPIRED = /^(ExpiredToken|RequestExpired)/;
const UNKNOWN =
  /^(UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|InvalidSignature|SignatureDoesNotMatch|Incomplete|MissingAuth|AuthFailure|InvalidToken)/;

/** Whether an error, by its name in AWS's APIs, says that credentials have expired. */
export const hasExpired = (name: string): boolean => EXPIRED.test(name);

/** Whether it says that AWS does not know them, or what they have signed. */
export const isUnknown = (name: string): boolean => UNKNOWN.test(name);

/** Whether the SDK's words for credentials that it could not get are that somebody has to log in anew. */
export const wantsLogin = (message: string): boolean => /SSO session|token.*expired/i.test(message);

const answer = z.object({
  name: z.string(),
  message: z.string(),
  $metadata: z.object({ httpStatusCode: z.int().min(400).max(499) }),
});

/** AWS does not take credentials, and there are no others; the call did nothing. `name` is that of the API's own error. */
export class CredentialsRefused extends Error {
  constructor(
    override readonly name: string,
    message: string,
    /** They are of this process's environment, which nobody changes while it runs. */
    readonly fromEnvironment: boolean,
  ) {
    super(message);
  }
}

/** What AWS's own answer says of the credentials of a call; undefined where they are not what is wrong. */
export const refusalIn = (error: unknown, fromEnvironment: boolean): CredentialsRefused | undefined => {
  const read = answer.safeParse(error);
  if (!read.success) return undefined;
  const { name, message } = read.data;
  return hasExpired(name) || isUnknown(name) ? new CredentialsRefused(name, message, fromEnvironment) : undefined;
};

/** What to do where there are none at all. */
export const LACKING =
  'Write them to ~/.aws, under the profile that AWS_PROFILE names where it is set, or give this machine a role, and ask again; or start Runbolt anew with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';

/** How credentials that have expired are renewed so that the next request has them. */
export const renewal = (profile: string | undefined, fromEnvironment: boolean): string =>
  fromEnvironment
    ? 'They are those of the environment: renew them there, and start Runbolt anew.'
    : `Renew them, such as by \`aws sso login${profile === undefined ? '' : ` --profile ${profile}`}\`, and ask again.`;
