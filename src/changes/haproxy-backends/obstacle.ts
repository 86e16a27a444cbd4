import { spokenOtherwise } from './alike.js';
import type { Found } from './found.js';
import type { Rendering } from './render.js';

/** At most this share of the servers is taken away at once, in percent, and this many must be left. */
const MOST_REMOVED = 30;
const FEWEST_LEFT = 2;

/**
 * Why a backend may not be brought in line, undefined when it may: first lines that cannot be told, then what makes the
 * wish doubtful (too many removed), then the file, then its new lines, then the reload that could become necessary.
 */
export const obstacle = (found: Found, rendering: Rendering, adopt: boolean): string | undefined =>
  unclear(found) ??
  doubtfulWish(found, rendering) ??
  file(found, rendering, adopt) ??
  newLines(found, rendering) ??
  reload(found);

const unclear = ({ config }: Found): string | undefined =>
  config.unclear[0] && `${config.unclear[0]}. Which servers it stands for cannot be told.`;

/** Shares are of the servers in the file and of those that run, whichever is worse. */
const doubtfulWish = ({ config, state, hosts }: Found, { removed, wanted, standby }: Rendering): string | undefined => {
  const own = config.servers.filter((one) => !one.backup);
  const percent = (part: number, all: number) => (all === 0 ? 0 : (part / all) * 100);
  const gone = state.servers.filter((one) => !wanted.some((other) => other.name === one.name)).length;
  if (percent(removed.length, own.length) > MOST_REMOVED)
    return `This would remove ${removed.length} of ${own.length} servers, more than ${MOST_REMOVED} %: ${removed.map((one) => one.name).join(', ')}. Is the inventory complete?`;
  if (percent(gone, state.servers.length) > MOST_REMOVED)
    return `This would remove ${gone} of ${state.servers.length} running servers, more than ${MOST_REMOVED} %. Is the inventory complete?`;
  const left = hosts.length - standby.length;
  if (left < FEWEST_LEFT)
    return `This would leave ${left} ${left === 1 ? 'server' : 'servers'}, fewer than ${FEWEST_LEFT}. Is the inventory complete?`;
  return undefined;
};

const newLines = (found: Found, rendering: Rendering): string | undefined => {
  const { config, state } = found;
  const { added, kept } = rendering;
  const taken = added.find((one) => kept.some((other) => other.name === one.name));
  if (taken) return `The name ${taken.name} is taken by another server line of ${config.backend}.`;
  const odd = added.find((one) => !/^[A-Za-z0-9_.:-]+$/.test(one.name));
  if (odd) return `${odd.name} is no name that a server line can have.`;
  const unnamed = new Set(kept.filter((one) => one.backup && one.endpoint === '').map((one) => one.name));
  const standby = state.servers.find(
    (one) => unnamed.has(one.name) && added.some((other) => other.endpoint === one.endpoint),
  );
  if (standby)
    return `The backup ${standby.name} runs at ${standby.endpoint}: a new line would make the same host take requests at once.`;
  return spokenOtherwise(found, rendering);
};

const file = ({ config, notLoaded }: Found, { lines, removed }: Rendering, adopt: boolean): string | undefined => {
  const edited = config.files.find((one) => one.path === config.section.file);
  if (!edited) return `${config.section.file} was not read.`;
  if (edited.link && lines.length + removed.length > 0) return `${edited.path} is a link: change what it points to.`;
  if (edited.shared && lines.length + removed.length > 0)
    return `${edited.path} is in a directory that others than root may write, so root writes nothing there: make it, and those above, root’s alone.`;
  if (edited.applied !== '' && edited.applied !== edited.sha256 && !adopt)
    return `${edited.path} was edited by hand since Runbolt wrote it: ${edited.differs.join('; ') || 'the bytes differ'}. With adopt=true it is taken as it is.`;
  if (notLoaded[0]?.endsWith('/'))
    return `Files were added to ${notLoaded[0]} or taken away after HAProxy loaded it: a reload would bring that in too. Reload it first.`;
  if (notLoaded[0] !== undefined)
    return `${notLoaded[0]} was written after HAProxy loaded it: a reload would bring that in too. Reload it first, or take the edit back.`;
  return undefined;
};

const reload = ({ config, state, kept, reload: checked }: Found): string | undefined => {
  if (!checked.valid) return `The configuration is not valid as it is: ${checked.message}`;
  if (checked.taken[0] !== undefined)
    return `${checked.taken[0]} is taken: a reload would fail at bind and pause the frontends.`;
  if (checked.unclear[0] !== undefined) return `Whether ${checked.unclear[0]} is free cannot be told.`;
  if (config.mode.way === 'unknown') return `There is no reload known to lose nothing: ${config.mode.note}.`;
  if (state.level !== 'admin' && kept.length > 0)
    return `A reload would lose ${kept.join(', ')}, and ${state.socket} (${state.level}) may not set it again: it needs level admin.`;
  return undefined;
};
