/** Tells listeners of this process, and by way of the database those of others, that a run has new events. */
export interface Announcer {
  /** Names this process in announcements, so that it does not hear itself. */
  readonly instance: string;
  announce(runId: string): void;
  subscribe(listener: (runId: string) => void): () => void;
  close(): Promise<void>;
}

/** Announcements within this process. A listener that throws is reported and does not keep the others from hearing. */
export const announcer = (instance: string, onError: (error: unknown) => void): Announcer => {
  const listeners = new Set<(runId: string) => void>();
  return {
    instance,
    announce(runId) {
      for (const listener of listeners) {
        try {
          listener(runId);
        } catch (error) {
          onError(error);
        }
      }
    },
    subscribe(listener) {
      const own = (runId: string) => listener(runId);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    async close() {
      listeners.clear();
    },
  };
};
