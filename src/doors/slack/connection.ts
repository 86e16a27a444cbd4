import { type App, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';
import { type Fault, fault } from '../../core/fault.js';
import type { Clock } from '../../engine/ports.js';
import { clientOptions, slackLogger } from './client.js';
import { envelope, isGoodbye } from './envelope.js';
import { failureOf, startFault } from './slack-errors.js';

/** A connection that said no hello within this is given up. */
const DIAL_MS = 15_000;
/** What was received on a connection that Slack takes away may still be acked on it so long. */
const GRACE_MS = 5000;
const RETRY_MS = [0, 500, 1000, 2000, 5000, 10_000, 30_000] as const;
/** Connections that Slack takes away again and again (too many of them, say) are not dialled faster than this allows. */
const RAPID = { dials: 6, withinMs: 10_000, waitMs: 5000 } as const;

const LOST = fault('slack_unreachable', 'The connection to Slack was lost.', 'It is opened again by itself.');

export interface ConnectionOptions {
  readonly appToken: string;
  readonly apiUrl: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Socket Mode that stays up. @slack/socket-mode 3.1.0 is away for 5 s at every planned refresh and ends the process when
 * a reconnect is refused, so it makes single connections here and we keep them: a planned refresh opens the next
 * connection before the old one is let go, a lost one is dialled again at once and then with growing pauses, for ever.
 * An event is acked only after it was handled (bolt acks before).
 */
export class Connection implements Receiver {
  #app: App | undefined;
  #current: SocketModeReceiver | undefined;
  #dialling = false;
  #fault: Fault | undefined;
  #dials: readonly number[] = [];
  readonly #ending = new AbortController();

  constructor(readonly options: ConnectionOptions) {}

  init(app: App): void {
    this.#app = app;
  }

  /** Resolves once connected; rejects with what Slack said when the first connection fails. */
  async start(): Promise<void> {
    this.#current = await this.#dial();
  }

  /** Why nothing comes in now; undefined while connected. */
  get fault(): Fault | undefined {
    return this.#current === undefined ? LOST : this.#fault;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    if (this.#current) await this.#hangUp(this.#current);
    this.#current = undefined;
  }

  async #dial(): Promise<SocketModeReceiver> {
    const { appToken, apiUrl, logger } = this.options;
    const receiver = new SocketModeReceiver({
      appToken,
      logger: slackLogger(logger),
      autoReconnectEnabled: false,
      installerOptions: { clientOptions: clientOptions(apiUrl, logger) },
    });
    this.#watch(receiver);
    const timer = new AbortController();
    const late = this.options.clock.sleep(DIAL_MS, timer.signal).then(() => {
      if (!timer.signal.aborted) throw new Error(`no hello within ${DIAL_MS / 1000} s`);
    });
    try {
      await Promise.race([receiver.start(), late]);
      return receiver;
    } catch (error) {
      void this.#hangUp(receiver);
      throw error ?? new Error('the connection was closed before it was ready');
    } finally {
      timer.abort();
      late.catch(() => undefined);
    }
  }

  #watch(receiver: SocketModeReceiver): void {
    const { client } = receiver;
    const handlers = client.listeners('ws_message');
    client.removeAllListeners('ws_message');
    client.on('ws_message', (data: unknown, isBinary: unknown) => {
      if (isGoodbye(data)) return this.#refresh(receiver);
      for (const handle of handlers) {
        Promise.resolve(handle(data, isBinary)).catch((error: unknown) =>
          this.options.logger.warn({ err: error }, 'a message from Slack was not understood'),
        );
      }
      return undefined;
    });
    client.on('slack_event', (event: unknown) => {
      this.#handle(event).catch((error: unknown) =>
        this.options.logger.error({ err: error }, 'a request from Slack was not handled; it is not acked'),
      );
    });
    client.on('disconnected', () => {
      if (this.#current !== receiver) return;
      this.#fault = LOST;
      void this.#redial();
    });
  }

  /** Bolt's ack of an event is held back until its listeners are done. */
  async #handle(event: unknown): Promise<void> {
    const { ack, body, type, retry_num, retry_reason } = envelope.parse(event);
    const holdBack = type === 'events_api';
    await this.#app?.processEvent({
      body,
      ack: holdBack ? async () => undefined : ack,
      ...(retry_num === undefined ? {} : { retryNum: retry_num }),
      ...(retry_reason === undefined ? {} : { retryReason: retry_reason }),
    });
    if (holdBack) await ack();
  }

  /** Opens the next connection first, and lets go of the old one when acks on it are done. */
  #refresh(old: SocketModeReceiver): void {
    this.options.logger.debug('Slack refreshes the connection');
    const letGo = async (): Promise<void> => {
      await this.#redial();
      await this.options.clock.sleep(GRACE_MS, this.#ending.signal).catch(() => undefined);
      await this.#hangUp(old);
    };
    void letGo();
  }

  async #redial(): Promise<void> {
    if (this.#dialling) return;
    this.#dialling = true;
    const { clock, logger } = this.options;
    for (let n = 0; !this.#ending.signal.aborted; n += 1) {
      const wait = Math.max(RETRY_MS[Math.min(n, RETRY_MS.length - 1)] ?? 0, this.#tooRapid());
      if (wait > 0) await clock.sleep(wait, this.#ending.signal).catch(() => undefined);
      if (this.#ending.signal.aborted) break;
      try {
        const next = await this.#dial();
        if (this.#ending.signal.aborted) await this.#hangUp(next);
        else {
          this.#current = next;
          this.#fault = undefined;
        }
        break;
      } catch (error) {
        if (this.#fault) this.#fault = startFault(error, 'app');
        logger.error({ failure: failureOf(error) }, 'Slack cannot be reached over Socket Mode; tried again');
      }
    }
    this.#dialling = false;
  }

  #tooRapid(): number {
    const now = this.options.clock.now();
    this.#dials = [...this.#dials.filter((at) => at > now - RAPID.withinMs), now];
    return this.#dials.length > RAPID.dials ? RAPID.waitMs : 0;
  }

  /** A second disconnect ends it without the other side's goodbye. */
  async #hangUp(receiver: SocketModeReceiver): Promise<void> {
    const gone = receiver.client.disconnect().catch(() => undefined);
    const timer = new AbortController();
    await Promise.race([gone, this.options.clock.sleep(500, timer.signal).catch(() => undefined)]);
    timer.abort();
    void receiver.client.disconnect().catch(() => undefined);
  }
}
