import type { AwsConnection } from '../../core/aws.js';
import type { Clock } from '../../engine/ports.js';
import { Credentials, type Identity } from './credentials.js';

/**
 * The credentials of one profile: those of `connection` where it is given, else the SDK's own chain, from the environment
 * and `~/.aws`. The SDK (38 MB) is loaded when they are first asked for.
 */
export const credentialsOf = (
  where: { readonly region: string; readonly profile?: string },
  clock: Clock,
  connection?: () => Promise<AwsConnection>,
): Credentials =>
  new Credentials(() => {
    if (connection) return async () => (await connection()).credentials;
    // The SDK would else read each file of `~/.aws` once in the life of the process, and keep that it was not there.
    const settings = { ...where, ignoreCache: true };
    let chain: Promise<() => Promise<Identity>> | undefined;
    return async () => {
      chain ??= import('@aws-sdk/client-ssm').then(({ SSMClient }) => new SSMClient(settings).config.credentials);
      return (await chain)();
    };
  }, clock);
