import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { answer, type Reply, refuse } from './reply.js';

/** A key that the local AWS knows. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expired?: boolean;
  /** Actions it may not do, such as `ssm:SendCommand`. */
  readonly denied?: readonly string[];
}

export interface SignedRequest {
  readonly method: string;
  /** As it was sent, still encoded. */
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface Signer {
  readonly credential: Credential;
  readonly region: string;
  readonly service: string;
}

/** Why a request is not let in, before a service words it in its own way. */
export type Refusal = 'missing' | 'unknown-key' | 'bad-signature' | 'expired' | 'skewed';

const HEADER =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** How far a clock may be off, ms. */
const SKEW_MS = 15 * 60_000;

/** Checks a Signature Version 4, as the AWS general reference describes it: signed in the header, nothing left out. */
export const signerOf = (
  request: SignedRequest,
  known: readonly Credential[],
  now: number,
): { readonly signer: Signer } | { readonly refusal: Refusal; readonly service: string } => {
  const parts = HEADER.exec(request.headers.authorization ?? '');
  if (!parts) return { refusal: 'missing', service: serviceOf(request) };
  const [, key = '', day = '', region = '', service = '', names = '', signature = ''] = parts;
  const credential = known.find((c) => c.accessKeyId === key);
  if (!credential || request.headers['x-amz-security-token'] !== credential.sessionToken)
    return { refusal: 'unknown-key', service };
  const time = request.headers['x-amz-date'] ?? '';
  const headers = names.split(';');
  const canonical = [
    request.method,
    request.path,
    [...new URLSearchParams(request.query)]
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .sort()
      .join('&'),
    ...headers.map((name) => `${name}:${(request.headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    names,
    request.headers['x-amz-content-sha256'] ?? sha256(request.body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, `${day}/${region}/${service}/aws4_request`, sha256(canonical)].join('\n');
  const signingKey = [day, region, service, 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${credential.secretAccessKey}`,
  );
  const right = hmac(signingKey, toSign);
  if (!headers.includes('host') || !timingSafeEqual(right, Buffer.from(signature, 'hex')))
    return { refusal: 'bad-signature', service };
  if (credential.expired) return { refusal: 'expired', service };
  const signedAt = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(now - signedAt) <= SKEW_MS)) return { refusal: 'skewed', service };
  return { signer: { credential, region, service } };
};

const serviceOf = ({ headers, method }: SignedRequest): string => {
  if (headers['x-amz-target'] !== undefined) return 'ssm';
  return method === 'POST' ? 'ec2' : 's3';
};

/** A refusal in the words of the service. */
export const wordsOf = (refusal: Refusal, service: string): ReturnType<typeof refuse> => {
  const [code, message, status] = (WORDS[service] ?? WORDS.ssm)?.[refusal] ?? ['InvalidSignatureException', '', 400];
  return refuse(code, message, status);
};

type Words = Readonly<Record<Refusal, readonly [code: string, message: string, status: number]>>;

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

const WORDS: Readonly<Record<string, Words>> = {
  ssm: {
    missing: ['MissingAuthenticationTokenException', 'Missing Authentication Token', 400],
    'unknown-key': ['UnrecognizedClientException', 'The security token included in the request is invalid.', 400],
    'bad-signature': ['InvalidSignatureException', MISMATCH, 400],
    expired: ['ExpiredTokenException', 'The security token included in the request is expired', 400],
    skewed: ['InvalidSignatureException', 'Signature expired: it is more than 15 minutes off.', 400],
  },
  ec2: {
    missing: ['MissingAuthenticationToken', 'Request is missing Authentication Token', 403],
    'unknown-key': ['AuthFailure', 'AWS was not able to validate the provided access credentials', 401],
    'bad-signature': ['AuthFailure', 'AWS was not able to validate the provided access credentials', 401],
    expired: ['RequestExpired', 'Request has expired.', 400],
    skewed: ['RequestExpired', 'Request has expired.', 400],
  },
  s3: {
    missing: ['AccessDenied', 'Access Denied', 403],
    'unknown-key': ['InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 403],
    'bad-signature': ['SignatureDoesNotMatch', MISMATCH, 403],
    expired: ['ExpiredToken', 'The provided token has expired.', 400],
    skewed: ['RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.', 403],
  },
};

/** Faults of a credential scope that names a region which is not there. */
export const inRegion = (signer: Signer, regions: readonly string[]): Reply<Signer> => {
  if (regions.includes(signer.region)) return answer(signer);
  const message = `Credential should be scoped to a valid region, not '${signer.region}'.`;
  if (signer.service === 's3') return refuse('AuthorizationHeaderMalformed', message);
  return signer.service === 'ec2' ? refuse('AuthFailure', message, 401) : refuse('InvalidSignatureException', message);
};

const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
