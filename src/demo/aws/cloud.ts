import type { Clock, RandomHex } from '../../engine/ports.js';
import { type Command, cancel } from './commands.js';
import { RUN_SHELL_SCRIPT, type ShellDocument } from './documents.js';
import { ec2 } from './ec2.js';
import type { LocalHost } from './hosts.js';
import { type Misbehaviour, mischief } from './misbehaviour.js';
import { workersOf } from './queue.js';
import { type AwsError, refuse } from './reply.js';
import { s3, s3Key } from './s3.js';
import { type Credential, inRegion, type SignedRequest, signerOf, wordsOf } from './signature.js';
import { ssm } from './ssm.js';
import { errorAnswer, jsonAnswer, objectAnswer, type Wire, xmlAnswer } from './wire.js';

export interface CloudOptions {
  readonly hosts: readonly LocalHost[];
  readonly clock: Clock;
  readonly random: RandomHex;
  readonly credentials: readonly Credential[];
  readonly endpoint: string;
  /** Those of the hosts when absent. */
  readonly regions?: readonly string[];
  /** Command documents besides AWS-RunShellScript. */
  readonly documents?: readonly ShellDocument[];
  /** What `{{ssm:NAME}}` stands for. */
  readonly parameterStore?: Readonly<Record<string, string>>;
  /** Names of the buckets that there are. */
  readonly buckets?: readonly string[];
  readonly misbehaviour?: Misbehaviour;
}

const ACCOUNT = '123456789012';

/** Everything behind the wire: who may call, what becomes of a call, and how it goes wrong when told to. */
export const cloud = (options: CloudOptions) => {
  const { clock, random, credentials, endpoint } = options;
  let hosts = options.hosts;
  let how: Misbehaviour = {};
  let next = mischief(how);
  const misbehave = (otherwise: Misbehaviour): void => {
    how = otherwise;
    next = mischief(otherwise);
  };
  misbehave(options.misbehaviour ?? {});
  const buckets = new Map((options.buckets ?? []).map((name) => [name, new Map<string, Buffer>()]));
  const commands = new Map<string, Command[]>();
  const executions = new Map<string, number>();
  const calls = new Map<string, number>();
  const workers = workersOf(clock, () => hosts);
  const regionsNow = (): readonly string[] => options.regions ?? [...new Set(hosts.map((host) => host.region))];
  const count = (of: Map<string, number>, key: string): void => {
    of.set(key, (of.get(key) ?? 0) + 1);
  };

  const carryOut = (request: SignedRequest, service: string, region: string, operation: string): Wire | AwsError => {
    const here = () => hosts.filter((host) => host.region === region);
    const notOffered = refuse('UnknownOperationException', `${operation} is not offered by the local AWS.`).error;
    if (service === 's3') {
      const found = s3(buckets, { method: request.method, path: request.path });
      return found.ok ? objectAnswer(request.method, found.value) : found.error;
    }
    if (service === 'ec2') {
      const call = new URLSearchParams(request.body.toString());
      const found = ec2(call, { region, regions: regionsNow(), account: ACCOUNT, hosts: here, how: () => how });
      if (!found) return { ...notOffered, code: 'InvalidAction' };
      return found.ok ? xmlAnswer(operation, found.value, random) : found.error;
    }
    const own = commands.get(region) ?? [];
    commands.set(region, own);
    const input = jsonOf(request.body);
    if (input === undefined) return refuse('SerializationException').error;
    const found = ssm(operation, input, {
      ...{ region, account: ACCOUNT, endpoint, hosts: here, commands: own, how: () => how, random },
      documents: [RUN_SHELL_SCRIPT, ...(options.documents ?? [])],
      parameterStore: options.parameterStore ?? {},
      buckets: new Set(buckets.keys()),
      dispatching: {
        clock,
        delivered: workers,
        onStart: (host) => count(executions, host.instance),
        onEnd: ({ plan }, { host, report }) => {
          for (const stream of ['stdout', 'stderr'] as const)
            if (report && report[stream].length > 0)
              buckets.get(plan.bucket)?.set(s3Key(plan, host.instance, stream), report[stream]);
        },
      },
    });
    if (!found) return notOffered;
    return found.ok ? jsonAnswer(found.value, random) : found.error;
  };

  const answer = (request: SignedRequest): Wire | 'reset' => {
    const found = signerOf(request, credentials, clock.now());
    const operation = operationOf(request);
    count(calls, operation);
    if (!('signer' in found)) return errorAnswer(found.service, wordsOf(found.refusal, found.service).error, random);
    const { service, region, credential } = found.signer;
    const fails = (error: AwsError): Wire => errorAnswer(service, error, random);
    const placed = inRegion(found.signer, regionsNow());
    if (!placed.ok) return fails(placed.error);
    const action = `${service}:${operation}`;
    if (credential.denied?.includes(action)) return fails(denial(service, action));
    if (how.missingPage === operation && isFurtherPage(request)) return fails(internal(service));
    const trick = next();
    if (trick === 'throttle') return fails(THROTTLED[service] ?? THROTTLED_JSON);
    if (trick === 'fail-before') return fails(internal(service));
    const done = carryOut(request, service, region, operation);
    if (trick === 'reset-after') return 'reset';
    if (trick === 'fail-after') return fails(internal(service));
    return 'code' in done ? fails(done) : done;
  };

  return {
    answer,
    misbehave,
    replaceHosts: (others: readonly LocalHost[]) => {
      hosts = others;
    },
    executions: (instance: string) => executions.get(instance) ?? 0,
    calls: (operation: string) => calls.get(operation) ?? 0,
    stop: async () => {
      const all = [...commands.values()].flat();
      for (const command of all) cancel(command, []);
      await Promise.all(all.map((command) => command.ended));
    },
  };
};

/** Named as each service's own documentation does. */
const internal = (service: string): AwsError => ({
  code: service === 'ssm' ? 'InternalServerError' : 'InternalError',
  message: 'An error occurred on the server side.',
  status: 500,
});
const THROTTLED_JSON: AwsError = { code: 'ThrottlingException', message: 'Rate exceeded' };
const THROTTLED: Readonly<Record<string, AwsError>> = {
  ec2: { code: 'RequestLimitExceeded', message: 'Request limit exceeded.', status: 503 },
  s3: { code: 'SlowDown', message: 'Please reduce your request rate.', status: 503 },
};

const denial = (service: string, action: string): AwsError => {
  if (service === 'ec2')
    return { code: 'UnauthorizedOperation', message: 'You are not authorized to perform this operation.', status: 403 };
  if (service === 's3') return { code: 'AccessDenied', message: 'Access Denied', status: 403 };
  const message = `User: arn:aws:iam::${ACCOUNT}:user/runbolt is not authorized to perform: ${action} on resource: *`;
  return { code: 'AccessDeniedException', message };
};

const S3_OPERATIONS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  DELETE: 'DeleteObject',
};

const operationOf = ({ method, headers, body }: SignedRequest): string => {
  const target = headers['x-amz-target'];
  if (target !== undefined) return target.replace(/^AmazonSSM\./, '');
  return new URLSearchParams(method === 'POST' ? body.toString() : '').get('Action') ?? S3_OPERATIONS[method] ?? method;
};

const isFurtherPage = ({ headers, body }: SignedRequest): boolean => {
  if (headers['x-amz-target'] === undefined) return new URLSearchParams(body.toString()).has('NextToken');
  const input = jsonOf(body);
  return typeof input === 'object' && input !== null && 'NextToken' in input;
};

const jsonOf = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString() || '{}');
  } catch {
    return undefined;
  }
};
