import type { IncomingMessage } from 'node:http';

/**
 * Stands between loopback and the local Slack, whose control interface asks for no token. Its text runs as `node -e` in
 * the local Slack's network namespace, so it uses nothing but its argument and built-in modules; the listening socket
 * comes from the parent, over the channel.
 *
 * Refused with 403: a Host other than this address (DNS rebinding), an Origin other than this page (other sites' pages).
 */
export function proxy(plan: { readonly port: number }): void {
  const http = process.getBuiltinModule('node:http');
  const net = process.getBuiltinModule('node:net');
  const hosts = [`localhost:${plan.port}`, `127.0.0.1:${plan.port}`];
  const upstream = { host: '127.0.0.1', port: plan.port };

  const refused = (request: IncomingMessage): boolean => {
    const { host, origin } = request.headers;
    return !hosts.includes(host ?? '') || (origin !== undefined && !hosts.some((name) => origin === `http://${name}`));
  };

  const server = http.createServer((request, response) => {
    if (refused(request)) {
      response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' });
      response.end(`Refused: open http://${hosts[0]}/ in a browser on this machine.\n`);
      return;
    }
    const onward = http.request(
      { ...upstream, method: request.method, path: request.url, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'x-frame-options': 'DENY' });
        answer.on('error', () => response.destroy());
        answer.pipe(response);
      },
    );
    onward.on('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end('The local Slack does not answer.\n');
    });
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  });

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    if (refused(request)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    const onward = net.connect(upstream, () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let n = 0; n + 1 < request.rawHeaders.length; n += 2)
        lines.push(`${request.rawHeaders[n]}: ${request.rawHeaders[n + 1]}`);
      onward.write(`${lines.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    onward.once('close', () => socket.destroy());
    socket.once('close', () => onward.destroy());
  });

  // Never the first to close a kept connection: who was held up for 5 s and then asks by it would find it gone.
  server.keepAliveTimeout = 0;
  process.once('message', (_message, socket) => {
    server.listen(socket);
  });
  process.once('disconnect', () => process.exit(0));
  process.stdout.write('ready\n');
}
