// A bare ssh2 loop, the measure that Runbolt is held against: one script on every target, all at once, first over new
// connections and then over the same ones. Reads one JSON document on standard input; prints the milliseconds of both.
import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';

const { targets, user, identity, script, end } = JSON.parse(readFileSync(0, 'utf8'));
const key = ssh2.utils.parseKey(readFileSync(identity));

const connect = ({ host, port, hostKey }) =>
  new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    const known = Buffer.from(hostKey, 'base64');
    client.on('ready', () => resolve(client)).on('error', reject);
    client.connect({
      ...{ host, port, username: user, readyTimeout: 60_000 },
      authHandler: [{ type: 'publickey', username: user, key }],
      algorithms: { kex: ['ecdh-sha2-nistp256'], serverHostKey: ['ssh-ed25519'] },
      hostVerifier: (offered) => offered.equals(known),
    });
  });

const run = (client) =>
  new Promise((resolve, reject) => {
    client.exec('sh -s', (error, stream) => {
      if (error) return reject(error);
      const said = [];
      stream.on('data', (chunk) => said.push(chunk));
      stream.stderr.resume();
      stream.on('close', () => {
        const whole = Buffer.concat(said).toString().trimEnd().endsWith(end);
        if (whole) resolve();
        else reject(new Error('a script did not end'));
      });
      stream.end(script);
    });
  });

const clients = [];
const begun = performance.now();
await Promise.all(
  targets.map(async (target) => {
    const client = await connect(target);
    clients.push(client);
    await run(client);
  }),
);
const cold = performance.now() - begun;
const again = performance.now();
await Promise.all(clients.map(run));
const warm = performance.now() - again;
for (const client of clients) client.end();
process.stdout.write(JSON.stringify({ cold, warm }));
