import { endpointOf } from '../ip-address.js';
import type { Listener } from './sight.js';

/** What the server is, as its command line told the probe, and its variant that serves more than one connection. */
const THREADED: Readonly<Record<string, string>> = {
  gunicorn: 'gunicorn --worker-class gthread --threads 8 in place of sync workers',
  uwsgi: 'uwsgi --http with --processes and --threads in place of --http-socket',
  unicorn: 'puma --threads 8, or unicorn behind a buffering proxy as its manual demands',
  django: 'manage.py runserver without --nothreading, or gunicorn --worker-class gthread --threads 8',
  'http.server': 'http.server.ThreadingHTTPServer in place of HTTPServer',
  php: 'php-fpm behind nginx in place of php -S',
  apache: 'the event MPM in place of prefork',
  starman: 'Starman behind a buffering proxy, or Twiggy',
  perl: 'a process for each connection (fork after accept), or an event loop such as Mojolicious',
  python: 'ThreadingHTTPServer or socketserver.ThreadingMixIn, or an async server such as uvicorn',
  ruby: 'puma --threads 8',
};

export const threadedVariant = (kind: string | undefined): string =>
  (kind !== undefined && Object.hasOwn(THREADED, kind) ? THREADED[kind] : undefined) ??
  'a thread, a process or an event loop for each connection';

/** Where a proxy on the same host reaches it. */
export const serverAddress = ({ address, port }: Listener): string =>
  address === '0.0.0.0' || address === '::' ? `127.0.0.1:${port}` : endpointOf(address, port);

/** A port for a proxy in front: the next one up that nothing listens on; 0 when there is none. */
export const proxyPort = (listeners: readonly Listener[], { net, port }: Listener): number => {
  const taken = new Set(listeners.filter((one) => one.net === net).map((one) => one.port));
  for (let free = port + 1; free <= 65_535; free++) if (!taken.has(free)) return free;
  return 0;
};
