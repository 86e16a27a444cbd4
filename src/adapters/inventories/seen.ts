import type { Source } from './source.js';

/** The source, which notes the addresses of its hosts in `seen` with every whole answer. */
export const noting = (source: Source, seen: Set<string>): Source => ({
  ...source,
  read: async (signal) => {
    const result = await source.read(signal);
    for (const { target } of result.ok ? result.value.found : []) {
      seen.add(target.host);
      if (target.labels.address !== undefined) seen.add(target.labels.address);
    }
    return result;
  },
});
