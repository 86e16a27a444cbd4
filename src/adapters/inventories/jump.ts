/** A host of `ProxyJump`, as written. */
export interface WrittenHop {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

/** Reads the value of ProxyJump: `[user@]host[:port]` or ssh://…, joined by commas. Undefined where it is not that. */
export const parseJump = (text: string): readonly WrittenHop[] | undefined => {
  const hops = text.split(',').map((one): WrittenHop | undefined => {
    const found =
      /^(?:ssh:\/\/)?(?:([A-Za-z0-9._+-][A-Za-z0-9._+@-]*)@)?(?:\[([0-9A-Fa-f:.%A-Za-z]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?\/?$/.exec(
        one.trim(),
      );
    const host = found?.[2] ?? found?.[3];
    const port = found?.[4] === undefined ? undefined : Number(found[4]);
    if (host === undefined || (port !== undefined && (port < 1 || port > 65_535))) return undefined;
    return { host, ...(found?.[1] !== undefined && { user: found[1] }), ...(port !== undefined && { port }) };
  });
  const read = hops.filter((hop) => hop !== undefined);
  return read.length === hops.length && read.length <= 8 ? read : undefined;
};
