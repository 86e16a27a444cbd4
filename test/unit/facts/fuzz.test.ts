import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isListOfRecords } from '../../../src/core/expression.js';
import type { FactField, FactSchema, FactValue, Reading } from '../../../src/core/fact-type.js';
import { portUsage } from '../../../src/facts/port-usage/port-usage.js';
import { sysctl } from '../../../src/facts/sysctl/sysctl.js';
import { ended } from './frame-end.js';
import { generalParsers } from './general-outputs.js';
import { haproxyParsers } from './haproxy-outputs.js';
import { lbParsers } from './lb-outputs.js';
import { portParsers } from './ports-outputs.js';
import { redisParsers } from './redis-outputs.js';

const KEY = 'net.ipv4.tcp_tw_reuse';
const CASES = new URL('../../cases/tcp/', import.meta.url);

/** What real hosts printed, from the cases. */
const recorded = (fact: 'sysctl' | 'ports'): readonly string[] =>
  readdirSync(CASES)
    .filter((name) => name.endsWith('.json'))
    .map((name): string => {
      const data: { outputs: { sysctl: readonly string[]; ports: readonly string[] } } = JSON.parse(
        readFileSync(new URL(name, CASES), 'utf8'),
      );
      return data.outputs[fact].map((line) => `${line}\n`).join('');
    });

const parsers: Readonly<
  Record<string, { schema: FactSchema; outputs: readonly string[]; parse: (text: string) => Reading }>
> = {
  sysctl: { schema: sysctl.schema, outputs: recorded('sysctl'), parse: (text) => sysctl.parse(text, KEY) },
  port_usage: { schema: portUsage.schema, outputs: recorded('ports'), parse: (text) => portUsage.parse(text, {}) },
  ...generalParsers,
  ...portParsers,
  ...lbParsers,
  ...haproxyParsers,
  ...redisParsers,
};

const isRecord = (value: FactField | undefined): value is FactValue =>
  typeof value === 'object' && !Array.isArray(value);

/** True when the value has exactly the schema's fields, each of its type. */
const fits = (value: FactField | undefined, schema: FactSchema): boolean =>
  isRecord(value) &&
  Object.keys(value).sort().join() === Object.keys(schema).sort().join() &&
  Object.entries(schema).every(([name, type]) => {
    const field = value[name];
    if (isListOfRecords(type)) return Array.isArray(field) && field.every((one) => fits(one, type[0]));
    if (typeof type === 'object') return fits(field, type);
    if (type === 'int') return Number.isSafeInteger(field);
    if (type === 'double') return Number.isFinite(field);
    if (type === 'list<string>') return Array.isArray(field) && field.every((one) => typeof one === 'string');
    return typeof field === (type === 'bool' ? 'boolean' : type);
  });

describe.each(Object.entries(parsers))('the parser of %s', (_, { schema, outputs, parse }) => {
  const whole = fc.constantFrom(...outputs);
  const sound = (reading: Reading): boolean =>
    reading.status === 'read' ? fits(reading.value, schema) : reading.reason.length > 0;

  test('reads what real hosts printed, with every field of its schema', () => {
    for (const output of outputs) {
      const reading = parse(output);
      expect(reading.status, output).not.toBe('error');
      expect(sound(reading)).toBe(true);
    }
  });

  test('takes any text without throwing, and never reads it as a value', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => parse(text).status === 'error'),
    );
  });

  test('output cut at any point is an error', () => {
    fc.assert(
      fc.property(whole, fc.double({ min: 0, max: 0.999_999, noNaN: true }), (output, at) => {
        expect(parse(output.slice(0, Math.floor(output.length * at))).status).toBe('error');
      }),
      { numRuns: 500 },
    );
  });

  test('a line lost, doubled, or mixed in from elsewhere is an error', () => {
    fc.assert(
      fc.property(
        whole,
        fc.nat(),
        fc.constantFrom('lost', 'doubled', 'mixed'),
        fc.string(),
        (output, at, how, noise) => {
          const lines = output.trimEnd().split('\n');
          const i = at % lines.length;
          const line = lines[i] ?? '';
          lines.splice(
            i,
            1,
            ...(how === 'lost' ? [] : how === 'doubled' ? [line, line] : [line, noise.replaceAll('\n', '')]),
          );
          expect(parse(`${lines.join('\n')}\n`).status).toBe('error');
        },
      ),
      { numRuns: 500 },
    );
  });

  test('bytes changed anywhere never throw and never make a value that does not fit the schema', () => {
    fc.assert(
      fc.property(
        whole,
        fc.array(fc.tuple(fc.nat(), fc.string({ unit: 'binary', maxLength: 3 })), { minLength: 1, maxLength: 4 }),
        (output, changes) => {
          const text = changes.reduce(
            (now, [at, bytes]) => now.slice(0, at % now.length) + bytes + now.slice((at % now.length) + bytes.length),
            output,
          );
          expect(sound(parse(text))).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('one count changed by hand is an error, never a value', () => {
    const numbers = (output: string) => [...output.matchAll(/(?<=\t)\d{1,9}(?=[\t\n])/g)].map((found) => found.index);
    const counted = outputs.filter((output) => numbers(output).length > 0);
    if (counted.length === 0) return;
    fc.assert(
      fc.property(fc.constantFrom(...counted), fc.nat(), fc.integer({ min: 1, max: 99_999 }), (output, pick, delta) => {
        const found = numbers(output);
        const at = found[pick % found.length] ?? 0;
        const digits = /^\d+/.exec(output.slice(at))?.[0] ?? '';
        const changed = `${output.slice(0, at)}${Number(digits) + delta}${output.slice(at + digits.length)}`;
        expect(parse(changed).status, changed).toBe('error');
      }),
      { numRuns: 500 },
    );
  });

  test('a count changed together with the frame does not pass the sums of the sockets', () => {
    if (schema !== portUsage.schema) return;
    fc.assert(
      fc.property(whole, fc.nat(), fc.integer({ min: 1, max: 99_999 }), (output, pick, delta) => {
        const lines = output.trimEnd().split('\n');
        const counted = lines.flatMap((line, i) => (/^(?:state|sum)\t/.test(line) ? [i] : []));
        const i = counted[pick % counted.length] ?? 0;
        const fields = (lines[i] ?? '').split('\t');
        const at = fields.length - 1;
        fields[at] = String(Number(fields[at]) + delta);
        lines[i] = fields.join('\t');
        expect(parse(ended(`${lines.join('\n')}\n`)).status).toBe('error');
      }),
    );
  });

  test('fifty megabytes are refused at once', () => {
    const before = performance.now();
    expect(parse('x'.repeat(50_000_000)).status).toBe('error');
    expect(parse('x\n'.repeat(5_000_000)).status).toBe('error');
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});
