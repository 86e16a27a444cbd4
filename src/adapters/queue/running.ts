type Handler<J> = (job: J, signal: AbortSignal) => Promise<void>;

interface Named {
  readonly id: string;
}

/** The jobs that this process works on, so that they can be aborted together. */
export interface Running {
  /** Runs the handler; rejects when it does, or when it goes on for too long after `abort`. */
  run<J extends Named>(job: J, handler: Handler<J>, signal?: AbortSignal): Promise<void>;
  /** Aborts all signals; handlers that have not ended `patienceMs` later are given up. */
  abort(patienceMs: number): void;
  /** Whether a job runs. */
  busy(): boolean;
  /** Resolves when no job runs. */
  idle(): Promise<void>;
}

export const running = (): Running => {
  const end = new AbortController();
  const giveUp = new AbortController();
  const active = new Set<Promise<void>>();

  const watched = async <J extends Named>(job: J, handler: Handler<J>, signal: AbortSignal): Promise<void> => {
    let leave: (() => void) | undefined;
    const givenUp = new Promise<never>((_resolve, reject) => {
      leave = () => reject(new Error(`job ${job.id} did not end when it was aborted`));
      giveUp.signal.addEventListener('abort', leave, { once: true });
    });
    try {
      await Promise.race([handler(job, signal), givenUp]);
    } finally {
      if (leave) giveUp.signal.removeEventListener('abort', leave);
    }
  };

  return {
    run(job, handler, signal) {
      const work = watched(job, handler, signal ? AbortSignal.any([end.signal, signal]) : end.signal);
      const entry = work.catch(() => undefined).finally(() => active.delete(entry));
      active.add(entry);
      return work;
    },
    abort(patienceMs) {
      end.abort();
      const timer = setTimeout(() => giveUp.abort(), patienceMs);
      void Promise.all(active).then(() => clearTimeout(timer));
    },
    busy: () => active.size > 0,
    async idle() {
      while (active.size > 0) await Promise.all(active);
    },
  };
};
