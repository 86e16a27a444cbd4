import type { ChildProcess } from 'node:child_process';

/** A machine that the local AWS knows: an EC2 instance (`i-…`), or a managed node that is none (`mi-…`, SSM alone knows it). */
export interface LocalHost {
  readonly instance: string;
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
  readonly privateIp: string;
  /** What SSM says of its agent; `unmanaged`: SSM never heard of it. Online when absent. */
  readonly ping?: 'Online' | 'ConnectionLost' | 'unmanaged';
  /** Linux when absent. */
  readonly platform?: 'Linux' | 'Windows';
  /** Starts a program as the host's agent does. */
  run(task: AgentTask): RunningTask;
}

export interface AgentTask {
  readonly commandId: string;
  /** What `_script.sh` holds. */
  readonly script: string;
  /** An absolute directory to run in; the agent's own default when absent. */
  readonly workingDirectory?: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface RunningTask {
  /** Its standard output and error are pipes; its end is the script's. */
  readonly child: ChildProcess;
  /** Kills the script's process group with SIGKILL. */
  kill(): void;
}

/**
 * The agent writes the commands into a file of the document's directory and runs `sh -c FILE` in /usr/bin, with nothing on
 * standard input. POSIX sh that does so with a script that comes on standard input. Source: agent/plugins/runscript and
 * agent/appconfig/constants_unix.go of aws/amazon-ssm-agent.
 */
export const agentShell = (
  directory: string,
  workingDirectory = '/usr/bin',
): string => `d='${directory}/awsrunShellScript/0.awsrunShellScript'
mkdir -p "$d" && chmod 700 "$d" && cat > "$d/_script.sh" && chmod 700 "$d/_script.sh" && cd '${workingDirectory}' || exit 1
exec sh -c "$d/_script.sh" < /dev/null`;

/** Where the agent keeps a command's files. */
export const orchestrationDirectory = (instance: string, commandId: string): string =>
  `/var/lib/amazon/ssm/${instance}/document/orchestration/${commandId}`;
