import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** One line of the table. `limit` in ms, or as a multiple of the line it is held against. */
export interface Line {
  readonly what: string;
  readonly samples: readonly number[];
  readonly against?: { readonly samples: readonly number[]; readonly atMost: number };
  readonly limitMs?: number;
}

export interface Table {
  readonly text: string;
  /** What broke its limit, one sentence each. */
  readonly broken: readonly string[];
}

const median = (samples: readonly number[]): number => {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
};

const HEAD = ['', 'median ms', 'min', 'max', 'runs', 'ratio', 'limit', ''];

/** A Markdown table whose columns also line up as plain text. */
export const tableOf = (lines: readonly Line[]): Table => {
  const rows = lines.map(rowOf);
  const all = [HEAD, ...rows.map((row) => row.cells)];
  const widths = HEAD.map((_, column) => Math.max(3, ...all.map((cells) => (cells[column] ?? '').length)));
  const show = (cells: readonly string[]) =>
    `| ${cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, n) => (n === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return {
    text: [show(HEAD), rule, ...rows.map((row) => show(row.cells))].join('\n'),
    broken: rows.flatMap((row) => row.broken),
  };
};

const rowOf = ({ what, samples, against, limitMs }: Line): { cells: readonly string[]; broken: readonly string[] } => {
  const middle = median(samples);
  const ratio = against && middle / median(against.samples);
  const holds = (ratio === undefined || ratio <= (against?.atMost ?? 0)) && (limitMs === undefined || middle < limitMs);
  const limit = against ? `${against.atMost.toFixed(1)} x` : limitMs === undefined ? '' : `${limitMs} ms`;
  const numbers = [middle, Math.min(...samples), Math.max(...samples)].map((ms) => ms.toFixed(0));
  const verdict = limit === '' ? '' : holds ? 'holds' : 'BROKEN';
  return {
    cells: [
      what,
      ...numbers,
      String(samples.length),
      ratio === undefined ? '' : `${ratio.toFixed(2)} x`,
      limit,
      verdict,
    ],
    broken: holds ? [] : [`${what}: ${ratio?.toFixed(2) ?? `${middle.toFixed(0)} ms`}, the limit is ${limit}`],
  };
};

/** `2 x Intel(R) Xeon(R) ..., 24 GB, Linux 6.18.0, Node 20.20.2, load 0.4 before`. */
export const machine = (): string => {
  const model = /^model name\s*:\s*(.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? cpus()[0]?.model ?? '';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const load = `load ${loadavg()[0]?.toFixed(1)} before`;
  return `${cpus().length} x ${model}, ${memory}, Linux ${release()}, Node ${process.versions.node}, ${load}`;
};
