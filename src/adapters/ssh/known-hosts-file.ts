import { FaultError, fault } from '../../core/fault.js';

/**
 * Does what reads or writes a known_hosts file. Rejects with a FaultError where the system does not let this user do it
 * (EACCES, EROFS and their like).
 */
export const withKnownHosts = async <T>(file: string, deed: 'read' | 'written', act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error;
    const next =
      deed === 'read'
        ? 'Let the user that Runbolt runs as read it, and enter its directory.'
        : 'Run this as the user that owns it, where it can be written; with containers: `docker compose run --rm trust HOST`.';
    throw new FaultError(fault('known_hosts_closed', `${file} cannot be ${deed} (${String(error.code)}).`, next));
  }
};
