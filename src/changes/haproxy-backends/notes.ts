import type { Effect } from '../../core/change-type.js';
import { partlyOtherwise } from './alike.js';
import type { Found } from './found.js';
import type { Rendering } from './render.js';

const IDLE =
  'the reload closes idle client connections: a client that asks on one at that moment asks again; `option idle-close-on-response` avoids it';

const UNASKED = 'no request is made through it afterwards: health_url is not given';

/** What the approver is told beside the lines and servers. `because`: why it takes a reload, undefined where it does not. */
export const notes = (
  found: Found,
  rendering: Rendering,
  because: string | undefined,
  url: string,
): readonly Effect[] => {
  const { config, kept } = found;
  const { file } = config.section;
  const edited = config.files.find((one) => one.path === file);
  const edits = rendering.added.length + rendering.removed.length > 0;
  const reload = `by a reload (${config.mode.note})`;
  const told = [
    strays(found, rendering),
    edits ? undefined : `${file} is right already; only the running servers change`,
    because === undefined ? `by the runtime API; where it refuses, ${reload}` : `${reload}: ${because}`,
    because === undefined || config.idleClose ? undefined : IDLE,
    partlyOtherwise(rendering),
    url === '' ? UNASKED : unevenlyBalanced(found, rendering),
    kept.length > 0 ? `kept over a reload: ${kept.join(', ')}` : undefined,
    edited && edited.applied !== edited.sha256 ? adopting(edited.path, edited.applied !== '') : undefined,
  ];
  return told.flatMap((text) => (text === undefined ? [] : [{ kind: 'note', text }]));
};

/** Servers that run and stand neither in the file nor in the inventory: no line shows that they go. */
const strays = ({ config, state }: Found, { wanted }: Rendering): string | undefined => {
  const known = new Set([...config.servers, ...wanted].map(({ name }) => name));
  const gone = state.servers.filter(({ name }) => !known.has(name));
  if (gone.length === 0) return undefined;
  const named = gone.map(({ name, endpoint }) => `${name} (${endpoint})`).join(', ');
  return `removes ${gone.length} ${gone.length === 1 ? 'server' : 'servers'} added at run time, with options that stand in no file: ${named}`;
};

/** Balances that give each of N servers of one weight one of N requests in a row. */
const EVEN = new Set(['roundrobin', 'static-rr', 'leastconn']);

/** That the requests made afterwards, two for each server, may not come to each of them. */
const unevenlyBalanced = ({ config }: Found, { wanted }: Rendering): string | undefined => {
  const weights = new Set(wanted.map(({ rest }) => /(?:^|\s)weight\s+(\S+)/.exec(rest)?.[1] ?? '1'));
  const why = [
    ...(EVEN.has(config.balance) ? [] : [`balance ${config.balance}`]),
    ...(weights.size > 1 ? ['unequal weights'] : []),
    ...(wanted.some(({ rest }) => /\bslowstart\b/.test(rest)) ? ['slowstart'] : []),
  ].join(', ');
  return why === '' ? undefined : `${why}: the requests made through it afterwards may not come to every server`;
};

const adopting = (path: string, edited: boolean): string =>
  edited
    ? `adopts ${path} as it was edited by hand`
    : `adopts ${path}: Runbolt never wrote it, and it is what HAProxy has loaded`;
