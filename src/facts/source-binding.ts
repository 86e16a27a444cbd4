import { z } from 'zod';
import type { HostFact, Reading } from '../core/fact-type.js';
import { cleanLine } from '../core/text.js';
import { framed, unframed } from './framing.js';

/**
 * Lines of squid, HAProxy and nginx configurations that choose the source address of outgoing connections:
 * `tcp_outgoing_address`, `source`, `proxy_bind`. Evidence only: current builds set IP_BIND_ADDRESS_NO_PORT (nginx since
 * 1.11.4), so that a line alone says nothing of how ports are taken. `read` is false where a file is hidden from the caller.
 */
export const sourceBinding: HostFact<Record<string, never>> = {
  name: 'source_binding',
  summary: 'Configured source addresses of squid, HAProxy and nginx.',
  args: z.strictObject({}),
  schema: { configured: 'bool', lines: 'list<string>', by: 'string', read: 'bool', unread: 'list<string>' },
  probe: () => ({ script: PROBE, env: {} }),
  parse: (output) => read(output),
};

const MOST_LINES = 40;

const PROBE = framed(
  'source-binding',
  String.raw`
gather() {
  for d in /etc/squid /etc/squid3 /etc/haproxy /etc/nginx /usr/local/nginx/conf /usr/local/etc/haproxy; do
    [ ! -d "$d" ] || { [ -r "$d" ] && [ -x "$d" ]; } || printf 'unread\t%s\n' "$d"
  done
  set --
  for f in /etc/squid/*.conf /etc/squid3/*.conf /etc/squid/conf.d/*.conf /etc/haproxy/*.cfg /etc/haproxy/conf.d/*.cfg \
    /usr/local/etc/haproxy/*.cfg /etc/nginx/*.conf /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/* \
    /etc/nginx/snippets/*.conf /usr/local/nginx/conf/*.conf; do
    [ -f "$f" ] || continue
    case $f in *[![:print:]]*|*=*) continue ;; esac
    if [ -r "$f" ]; then set -- "$@" "$f"; else printf 'unread\t%s\n' "$f"; fi
  done
  [ $# -gt 0 ] || return 0
  awk '
    {
      what = ""
      if (FILENAME ~ /squid/ && $1 == "tcp_outgoing_address") what = "squid"
      else if (FILENAME ~ /haproxy/ && $1 == "source" && $2 !~ /^0\.0\.0\.0(:0)?$/) what = "HAProxy"
      else if (FILENAME ~ /haproxy/ && $1 == "server" && / source +[^ ]/) what = "HAProxy"
      else if (FILENAME ~ /nginx/ && $1 ~ /^proxy_bind$/ && $2 !~ /^off;/) what = "nginx"
      if (what == "") next
      n++
      if (n <= ${MOST_LINES}) print "line\t" what "\t" FILENAME "\t" FNR "\t" substr($0, 1, 300)
    }
    END { print "lines\t" n + 0 }' "$@"
}`,
);

const WHO: ReadonlySet<string> = new Set(['squid', 'HAProxy', 'nginx']);

const read = (output: string): Reading => {
  const frame = unframed('source-binding', output);
  if (!frame.ok) return { status: 'error', reason: frame.reason };
  const lines: string[] = [];
  const by = new Set<string>();
  const unread: string[] = [];
  let counted: number | undefined;
  for (const [kind, a = '', b = '', c = '', ...text] of frame.records) {
    if (kind === 'unread' && a !== '' && b === '') unread.push(cleanLine(a, 200));
    else if (kind === 'line' && WHO.has(a) && b.startsWith('/') && /^\d{1,7}$/.test(c) && text.length > 0) {
      by.add(a);
      lines.push(cleanLine(`${b}:${c} ${text.join(' ')}`, 200));
    } else if (kind === 'lines' && /^\d{1,7}$/.test(a) && b === '' && counted === undefined) counted = Number(a);
    else return { status: 'error', reason: 'The output has a line that is not the probe’s.' };
  }
  if (lines.length !== Math.min(counted ?? 0, MOST_LINES))
    return { status: 'error', reason: 'The output is cut or mixed: its lines do not add up.' };
  const more = (counted ?? 0) - lines.length;
  const evidence = [
    ...lines,
    ...(more > 0 ? [`${more} more lines`] : []),
    ...unread.map((path) => `could not be read: ${path}`),
  ];
  return {
    status: 'read',
    value: { configured: lines.length > 0, lines, by: [...by].join(', '), read: unread.length === 0, unread },
    evidence: evidence.length > 0 ? evidence : ['no source address is configured in squid, HAProxy or nginx'],
  };
};
