import type { Credentials } from '../aws/credentials.js';
import type { Where } from './trouble.js';

/** Where SSM puts output that is longer than its own answers. */
export interface S3Outputs {
  readonly bucket: string;
  readonly prefix: string;
  /** The text of an object, or undefined when it is not (yet) there or longer than `maxBytes`. */
  read(key: string, maxBytes: number, signal: AbortSignal): Promise<string | undefined>;
  close(): void;
}

const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;

/** Reads by the credentials given; the bucket may be in another region. */
export const s3Outputs = (
  { bucket, prefix }: Pick<S3Outputs, 'bucket' | 'prefix'>,
  where: Where,
  credentials: Credentials,
): S3Outputs => {
  let opened: ReturnType<typeof open> | undefined;
  const open = () =>
    import('@aws-sdk/client-s3').then((sdk) => ({
      sdk,
      client: new sdk.S3Client({
        ...where,
        credentials: credentials.forClient(),
        followRegionRedirects: true,
        requestHandler: {
          ...{ connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
          socketTimeout: ANSWER_MS,
        },
      }),
    }));
  return {
    bucket,
    prefix,
    read: async (key, maxBytes, signal) => {
      try {
        opened ??= open();
        const { sdk, client } = await opened;
        const asked = new sdk.GetObjectCommand({ Bucket: bucket, Key: key });
        const { Body, ContentLength = 0 } = await credentials.use(
          () => client.send(asked, { abortSignal: signal }),
          signal,
        );
        if (ContentLength > maxBytes) return undefined;
        return await Body?.transformToString('latin1');
      } catch {
        return undefined;
      }
    },
    close: () => void opened?.then(({ client }) => client.destroy()).catch(() => {}),
  };
};

/** The key in the URL that SSM gives of an output, which names the bucket in its path or in its host. */
export const keyOf = (url: string, bucket: string): string | undefined => {
  if (!URL.canParse(url)) return undefined;
  const encoded = new URL(url).pathname.replace(/^\//, '');
  if (/%(?![0-9A-Fa-f]{2})/.test(encoded)) return undefined;
  const path = decodeURIComponent(encoded);
  const key = path.startsWith(`${bucket}/`) ? path.slice(bucket.length + 1) : path;
  return key === '' ? undefined : key;
};
