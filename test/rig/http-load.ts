/**
 * A program for node that asks one URL over and over, by new connections and by kept ones, until a file appears; then it
 * prints one JSON line. `direct` is the same towards a server behind the balancer: what the machine itself costs.
 */
export const HTTP_LOAD = `
const http = require('node:http');
const fs = require('node:fs');
const [balancer, server, stop] = process.argv.slice(2);
let over = false;
const figures = () => ({ requests: 0, failed: [], again: 0, times: [] });
const once = (url, agent) => new Promise((resolve) => {
  const begun = performance.now();
  const req = http.get(url, { agent, timeout: 5000 }, (res) => {
    res.on('error', (error) => done(error.message));
    res.on('end', () => done(res.statusCode === 200 ? undefined : 'status ' + res.statusCode));
    res.resume();
  });
  const done = (failed) => resolve({ failed, idle: req.reusedSocket && !req.res, ms: performance.now() - begun });
  req.on('timeout', () => req.destroy(new Error('no answer in 5 s')));
  req.on('error', (error) => done(error.code || error.message));
});
const client = async (url, agent, into) => {
  while (!over) {
    const first = await once(url, agent);
    let last = first;
    if (first.failed && first.idle) { into.again++; last = await once(url, fresh()); }
    into.requests++;
    into.times.push(first.ms + (last === first ? 0 : last.ms));
    if (last.failed) into.failed.push(last.failed);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
const told = ({ times, ...rest }) => {
  times.sort((a, b) => a - b);
  const at = (share) => Math.round((times[Math.min(times.length - 1, Math.floor(times.length * share))] || 0) * 10) / 10;
  return { ...rest, slowestMs: at(1), p99Ms: at(0.99) };
};
const balanced = figures(), kept = figures(), direct = figures();
const fresh = () => new http.Agent({ keepAlive: false });
const keeping = new http.Agent({ keepAlive: true, maxSockets: 3 });
const clients = [1, 2, 3].flatMap(() => [client(balancer, fresh(), balanced), client(balancer, keeping, kept)]);
clients.push(client(server, fresh(), direct));
const look = setInterval(() => { if (fs.existsSync(stop)) { over = true; clearInterval(look); } }, 100);
Promise.all(clients).then(() => console.log(JSON.stringify({ balanced: told(balanced), kept: told(kept), direct: told(direct) })));
`;

/** A program for node: one HTTP server on port 8080 of each address; /slow answers once /tmp/answer is there, /broken by 500. */
export const HTTP_SERVERS = `
const http = require('node:http');
const fs = require('node:fs');
for (const address of process.argv.slice(2))
  http.createServer((req, res) => {
    if (req.url === '/slow') {
      const look = setInterval(() => { if (fs.existsSync('/tmp/answer')) { clearInterval(look); res.end(address); } }, 50);
      return;
    }
    if (req.url === '/broken') res.statusCode = 500;
    res.end(address);
  }).listen({ host: address, port: 8080, backlog: 511 });
`;
