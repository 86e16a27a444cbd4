import { answer, type Reply, refuse } from './reply.js';

/** What was put into buckets, by bucket and key. */
export type Buckets = ReadonlyMap<string, Map<string, Buffer>>;

export interface S3Request {
  readonly method: string;
  /** Path style: `/bucket/key`. */
  readonly path: string;
  readonly range?: string;
}

export interface S3Object {
  readonly body: Buffer;
  readonly size: number;
}

/** GetObject, HeadObject and DeleteObject, path style. Faults: `NoSuchBucket`, `NoSuchKey`, `NotImplemented`. */
export const s3 = (buckets: Buckets, { method, path }: S3Request): Reply<S3Object> => {
  const [, bucket = '', ...rest] = path.split('/').map(decodeURIComponent);
  const objects = buckets.get(bucket);
  if (objects === undefined) return refuse('NoSuchBucket', 'The specified bucket does not exist', 404);
  const key = rest.join('/');
  if (method === 'DELETE') {
    objects.delete(key);
    return answer({ body: Buffer.alloc(0), size: 0 });
  }
  if (method !== 'GET' && method !== 'HEAD') return refuse('NotImplemented', 'Not offered by the local AWS.', 501);
  const body = objects.get(key);
  return body ? answer({ body, size: body.length }) : refuse('NoSuchKey', 'The specified key does not exist.', 404);
};

/**
 * Where the agent puts a stream: `PREFIX/COMMAND/INSTANCE/awsrunShellScript/0.awsrunShellScript/stdout` (a step's name
 * in place of the last but one for schema 2.2), and nothing for an empty one (iomodule/fileS3.go, runcommand/utils.go
 * and docparser.go of aws/amazon-ssm-agent).
 */
export const s3Key = (
  command: { readonly id: string; readonly keyPrefix: string; readonly step?: string },
  instance: string,
  stream: string,
): string =>
  [
    ...(command.keyPrefix === '' ? [] : [command.keyPrefix]),
    ...[command.id, instance, 'awsrunShellScript', command.step ?? '0.awsrunShellScript', stream],
  ].join('/');
