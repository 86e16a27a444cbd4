/** What was said is said again after this long, ms. */
const QUIET_MS = 60_000;

/** Answers whether it is time to say what this key stands for: it is new, or was not said for a minute. */
export const onceAMinute = (now: () => number = Date.now): ((key: string) => boolean) => {
  const said = new Map<string, number>();
  return (key) => {
    const time = now() - (said.get(key) ?? Number.NEGATIVE_INFINITY) >= QUIET_MS;
    if (time) said.set(key, now());
    return time;
  };
};
