/** How much of what comes before the announcement is searched and kept, in bytes. */
const NOISE_BYTES = 64 * 1024;

/** One stream of a host: all is taken, what a noisy login shell says before the announcement is set aside. */
class Stream {
  private noise: Buffer = Buffer.alloc(0);
  private group: number | undefined;
  private readonly kept: Buffer[] = [];
  private size = 0;
  cut = false;

  constructor(
    private readonly mark: Buffer,
    private readonly maxBytes: number,
  ) {}

  /** The process group that the receiver announced, once it has. */
  take(chunk: Buffer): number | undefined {
    if (this.group === undefined) this.seek(chunk);
    else this.keep(chunk);
    return this.group;
  }

  private seek(chunk: Buffer): void {
    this.noise = Buffer.concat([this.noise, chunk]);
    const at = this.noise.indexOf(this.mark);
    const end = at < 0 ? -1 : this.noise.indexOf(';\n', at);
    if (end >= 0) {
      const digits = this.noise.toString('latin1', at + this.mark.length, end);
      const rest = this.noise.subarray(end + 2);
      this.group = /^\d{1,10}$/.test(digits) ? Number(digits) : 0;
      this.noise = this.noise.subarray(0, at);
      this.keep(rest);
    } else if (this.noise.length > NOISE_BYTES) {
      this.noise = Buffer.from(this.noise.subarray(-NOISE_BYTES / 2));
    }
  }

  private keep(chunk: Buffer): void {
    const room = this.maxBytes - this.size;
    if (chunk.length > room) this.cut = true;
    if (room <= 0 || chunk.length === 0) return;
    const part = chunk.length > room ? Buffer.from(chunk.subarray(0, room)) : chunk;
    this.kept.push(part);
    this.size += part.length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.kept);
  }

  before(): Buffer {
    return this.noise;
  }
}

/** Both streams of a script, bounded at `maxBytes` each. */
export class Reception {
  private readonly out: Stream;
  private readonly err: Stream;
  private announce: (group: number) => void = () => {};
  /** Grows with every chunk, kept or dropped. */
  chunks = 0;
  /** Resolves with the process group of the receiver (0 when it could not tell) as it begins to listen. */
  readonly ready = new Promise<number>((resolve) => {
    this.announce = resolve;
  });

  constructor(nonce: string, maxBytes: number) {
    const mark = Buffer.from(`${nonce}=`);
    this.out = new Stream(mark, maxBytes);
    this.err = new Stream(mark, maxBytes);
  }

  stdout(chunk: Buffer): void {
    this.chunks += 1;
    const group = this.out.take(chunk);
    if (group !== undefined) this.announce(group);
  }

  stderr(chunk: Buffer): void {
    this.chunks += 1;
    this.err.take(chunk);
  }

  output(): { stdout: Buffer; stderr: Buffer; cut: boolean } {
    return { stdout: this.out.bytes(), stderr: this.err.bytes(), cut: this.out.cut || this.err.cut };
  }

  /** What was said instead of, or before, the announcement. */
  noise(): { stdout: Buffer; stderr: Buffer } {
    return { stdout: this.out.before(), stderr: this.err.before() };
  }
}
