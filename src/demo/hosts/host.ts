import { ok, type Result } from '../../core/fault.js';
import type { Machine } from '../machine.js';
import type { NamespaceMode } from '../namespaces/ability.js';
import { type Room, startRoom } from '../namespaces/room.js';
import { hostScript } from './init-script.js';
import type { HostSpec } from './spec.js';

/** A demo host that is up: its faults are in place. */
export interface Host {
  readonly spec: HostSpec;
  readonly room: Room;
}

export interface HostOptions {
  readonly machine: Machine;
  readonly mode: NamespaceMode;
  readonly signal: AbortSignal;
  readonly onComplaint: (host: string, line: string) => void;
}

export const startHost = async (spec: HostSpec, options: HostOptions): Promise<Result<Host>> => {
  const { machine, mode, signal } = options;
  const room = await startRoom({
    name: `Host ${spec.name}`,
    mode,
    machine,
    patient: true,
    script: hostScript(spec, mode),
    signal,
    onComplaint: (line) => options.onComplaint(spec.name, line),
  });
  return room.ok ? ok({ spec, room: room.value }) : room;
};
