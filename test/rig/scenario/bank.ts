import { existsSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Observation } from '../../../src/core/run.js';
import { fillPhrase } from '../../../src/engine/phrase.js';
import { cannotIsolate, titled } from '../../scenarios/namespace.js';
import { until } from '../slack/index.js';
import { type Scenario, scenariosIn } from './scenario.js';
import { ScenarioHost } from './scenario-host.js';
import { kindsOf, ScenarioRun } from './scenario-run.js';

const STATE_MS = 15_000;
const LIMIT = { timeout: 120_000 };
const FILES = `find /etc /var -xdev \\( -path /var/lib/runbolt -o -path /var/log -o -path /var/run \\) -prune -o -printf '%y %m %u:%g %p %l\\n' | sort
find /etc /var -xdev \\( -path /var/lib/runbolt -o -path /var/log -o -path /var/run \\) -prune -o -type f -exec sha256sum {} + | sort`;
const BOOT = '/usr/lib/systemd/systemd-sysctl';

const BANK = fileURLToPath(new URL('../../scenarios/bank', import.meta.url));

/** Judges every scenario of a family: one file a family, so that families run side by side. */
export const judgeFamily = (family: string): void =>
  describe.skipIf(cannotIsolate !== '').each(scenariosIn(BANK, family))(titled('$name: $about'), judged);

const judged = (scenario: Scenario): void => {
  let host: ScenarioHost;
  let run: ScenarioRun;
  let seen: Observation;

  beforeAll(async () => {
    host = await ScenarioHost.start(scenario.name);
    if (host.run('readlink /proc/self/ns/net').out.trim() === readlinkSync('/proc/self/ns/net'))
      throw new Error('not apart');
    const made = host.run(scenario.setup);
    if (made.code !== 0) throw new Error(`setup.sh ended with ${made.code}: ${made.out}`);
    await stateHolds(host, scenario);
    run = await ScenarioRun.on(host, scenario);
    seen = await run.observe();
  }, 90_000);
  afterAll(() => host?.stop());

  it('is judged right', () => {
    expect(seen.missed?.fault.message).toBeUndefined();
    const unnamed = Object.fromEntries(
      Object.entries(kindsOf(seen)).filter(
        ([check, kind]) => !(check in scenario.verdicts) && (kind === 'fail' || kind === 'error'),
      ),
    );
    expect({ named: named(seen, scenario), said: said(seen) }).toMatchObject({ named: scenario.verdicts });
    expect(unnamed, said(seen)).toEqual({});
    expect(Object.values(kindsOf(seen)).includes('fail'), said(seen)).toBe(scenario.fault);
    for (const [check, words] of Object.entries(scenario.says)) {
      const message = seen.verdicts.filter((v) => v.check === check).map((v) => fillPhrase(v.message));
      expect(message.join('\n')).toMatch(new RegExp(words));
    }
    for (const [check, words] of Object.entries(scenario.advises ?? {})) {
      const advice = seen.verdicts.filter((v) => v.check === check).flatMap((v) => Object.values(v.advice ?? {}));
      expect(advice.map(fillPhrase).join('\n')).toMatch(new RegExp(words));
    }
  });

  it('gives evidence, the rule and what to do with every finding', () => {
    const kinds = ['consequence', 'cure', ...(scenario.own === undefined ? ['stopgap'] : [])];
    for (const verdict of seen.verdicts.filter((v) => v.kind === 'fail')) {
      expect(verdict.evidence, verdict.check).not.toEqual([]);
      expect(Object.keys(verdict.advice ?? {}), verdict.check).toEqual(expect.arrayContaining(kinds));
    }
  });

  it('is planned right', () => {
    const plan = seen.steps.length > 0 ? 'steps' : seen.refusals.length > 0 ? 'refused' : 'none';
    const refusals = seen.refusals.map((r) => r.reason).join('\n');
    if (scenario.plan) expect(plan, refusals).toBe(scenario.plan);
    if (scenario.refuses) expect(refusals).toMatch(new RegExp(scenario.refuses));
    for (const { title, type, lasting, userData } of seen.steps) {
      if (type === 'script' || (type === 'haproxy_backends' && lasting === undefined)) continue;
      expect(parse(lasting ?? ''), title).toEqual(expect.arrayContaining([expect.any(Object)]));
      expect(Object.keys(parse(userData ?? 'none: 0')), title).not.toEqual([]);
    }
  });

  if (!scenario.fix) return;
  describe('fixed', () => {
    it(
      'is right by other tools, stays so after a boot, needs no second fix, and is taken back whole',
      LIMIT,
      async () => {
        const before = host.run(FILES).out;
        const { application, attempt } = await run.apply(seen);
        expect(application).toMatchObject({ outcome: 'changed', reason: '' });
        const after = host.run(scenario.after ?? 'false');
        expect(after.code, after.out).toBe(0);
        for (const [key, value] of Object.entries(scenario.boots))
          expect(new Set(booted(host, key)), key).toEqual(new Set([value]));
        const boot = host.boot(scenario.boot ?? 'true');
        expect(boot.code, boot.out).toBe(0);
        const again = await run.observe();
        expect(run.stillFailing(seen, again), said(again)).toEqual([]);
        expect({ steps: again.steps.map((s) => s.title), said: said(again) }).toMatchObject({ steps: [] });
        expect(await run.revert(again, attempt)).toMatchObject({ outcome: 'changed' });
        expect(host.run(FILES).out).toBe(before);
        if (scenario.returns) await stateHolds(host, scenario);
      },
    );
  });
};

const stateHolds = async (host: ScenarioHost, { state }: Scenario): Promise<void> => {
  let last = host.run(state);
  const holds = () => {
    if (last.code !== 0) last = host.run(state);
    return last.code === 0;
  };
  await until('state.sh holds', holds, STATE_MS).catch(() => {
    throw new Error(`state.sh ended with ${last.code}: ${last.out}`);
  });
};

const named = (seen: Observation, { verdicts }: Scenario) =>
  Object.fromEntries(Object.entries(kindsOf(seen)).filter(([check]) => check in verdicts));

const said = ({ verdicts }: Observation): string =>
  verdicts
    .filter((v) => v.kind === 'fail' || v.kind === 'error')
    .map((v) => `${v.check} ${v.kind}: ${fillPhrase(v.message)}`)
    .join('\n');

/** What the two loaders set, each in a network namespace of its own; of the machine's settings they touch none. */
const booted = (host: ScenarioHost, key: string): readonly string[] => {
  const path = `/proc/sys/${key.replaceAll('.', '/')}`;
  const loaders = [...(existsSync(BOOT) ? [`${BOOT} --prefix=/net`] : []), "sysctl --system --pattern '^net'"];
  const by = (loader: string) =>
    host.run(`unshare -n sh -c "${loader} >/dev/null 2>&1; cat ${path}"`).out.trim().replace(/\s+/g, ' ');
  return loaders.map(by);
};
