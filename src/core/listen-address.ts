import { z } from 'zod';

/** Where a server listens. `host` is an address or a name, without the brackets of IPv6. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const FORM = /^(?:(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.-]{1,253})):)?(\d{1,5})$/;
const LOOPBACK = '127.0.0.1';

/** `HOST:PORT`, `[IPV6]:PORT`, or a port alone, which is one of loopback. */
export const listenAddress = z
  .union([z.int(), z.string()], 'must be HOST:PORT such as 127.0.0.1:9464')
  .transform((text, context): ListenAddress => {
    const [, six, host = six, port] = FORM.exec(String(text)) ?? [];
    const number = Number(port);
    if (number >= 1 && number <= 65_535) return { host: host ?? LOOPBACK, port: number };
    context.addIssue({
      code: 'custom',
      message: 'must be HOST:PORT such as 127.0.0.1:9464, with a port from 1 to 65535',
    });
    return z.NEVER;
  });

/** `127.0.0.1:9464`, `[::1]:9464`. */
export const showAddress = ({ host, port }: ListenAddress): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
