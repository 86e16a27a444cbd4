/** The cancel switches of runs that this process works on. */
export interface Cancels {
  of(runId: string): AbortSignal;
  cancel(runId: string): void;
  /** The run has ended: whoever still holds its switch begins nothing more. */
  end(runId: string): void;
}

export const cancels = (): Cancels => {
  const switches = new Map<string, AbortController>();
  const get = (runId: string): AbortController => {
    const known = switches.get(runId) ?? new AbortController();
    switches.set(runId, known);
    return known;
  };
  return {
    of: (runId) => get(runId).signal,
    cancel: (runId) => get(runId).abort(),
    end: (runId) => {
      switches.get(runId)?.abort();
      switches.delete(runId);
    },
  };
};
