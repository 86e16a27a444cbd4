/** A key's path below /proc/sys: `net/ipv4/tcp_tw_reuse`; a slash within a name stands for a dot in it. */
export const keyPath = (key: string): string => key.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'));
