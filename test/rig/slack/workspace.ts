import type { Block } from './limits.js';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly displayName?: string;
  readonly bot?: boolean;
  readonly deleted?: boolean;
  /** `multi` is a multi-channel guest, `single` a single-channel guest. */
  readonly guest?: 'multi' | 'single';
  readonly stranger?: boolean;
  readonly team?: string;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly members: Set<string>;
  archived: boolean;
}

export interface Message {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly fromBot: boolean;
  readonly thread?: string;
  readonly ephemeralTo?: string;
  readonly files?: readonly { readonly name: string; readonly content: string }[];
  text: string;
  blocks: readonly Block[];
  metadata?: unknown;
  edits: number;
}

export interface Usergroup {
  readonly id: string;
  readonly handle: string;
  users: readonly string[];
}

/** The people, channels, messages and files of one workspace, in memory. */
export class Workspace {
  readonly team = 'T0TEAM';
  readonly bot = 'U0BOT';
  readonly botId = 'B0BOT';
  readonly people = new Map<string, Person>();
  readonly channels = new Map<string, Channel>();
  readonly usergroups = new Map<string, Usergroup>();
  readonly messages: Message[] = [];
  readonly uploads = new Map<string, { readonly name: string; content: string | undefined }>();
  keepsMetadata = true;
  #sequence = 0;

  ts(): string {
    this.#sequence += 1;
    return `${Math.floor(Date.now() / 1000)}.${String(this.#sequence).padStart(6, '0')}`;
  }

  add(message: Omit<Message, 'ts' | 'edits'>): Message {
    const { metadata, ...rest } = message;
    const stored: Message = { ...rest, ...(this.keepsMetadata ? { metadata } : {}), ts: this.ts(), edits: 0 };
    this.messages.push(stored);
    return stored;
  }

  find(channel: string, ts: string): Message | undefined {
    return this.messages.find((m) => m.channel === channel && m.ts === ts);
  }
}
