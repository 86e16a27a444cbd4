import { bigint, boolean, integer, jsonb, pgSchema, text } from 'drizzle-orm/pg-core';

/** The ledger's tables as drizzle's queries name them. Their definition is the SQL in `migrations/`. */
const runbolt = pgSchema('runbolt');

export const runs = runbolt.table('runs', {
  id: text('id').primaryKey(),
  requestKey: text('request_key').notNull(),
  openedAt: bigint('opened_at', { mode: 'number' }).notNull(),
  door: text('door').notNull(),
  command: text('command').notNull(),
  actor: text('actor').notNull(),
  phase: text('phase', { enum: ['gathering', 'deciding', 'rolling-out', 'ended'] }).notNull(),
  outcomes: jsonb('outcomes').$type<Readonly<Partial<Record<string, number>>>>().notNull(),
  version: integer('version').notNull(),
  projectedVersion: integer('projected_version').notNull(),
});

export const events = runbolt.table('events', {
  runId: text('run_id').notNull(),
  version: integer('version').notNull(),
  body: jsonb('body').$type<unknown>().notNull(),
});

export const threads = runbolt.table('threads', {
  runId: text('run_id').primaryKey(),
  channel: text('channel').notNull(),
  thread: text('thread'),
  rootTs: text('root_ts'),
  abandoned: text('abandoned'),
});

export const messages = runbolt.table('messages', {
  runId: text('run_id').notNull(),
  key: text('key').notNull(),
  ord: integer('ord').notNull(),
  body: jsonb('body').$type<unknown>().notNull(),
  revision: integer('revision').notNull(),
  deliveredRevision: integer('delivered_revision').notNull(),
  ts: text('ts'),
  inDoubt: boolean('in_doubt').notNull(),
  attempts: integer('attempts').notNull(),
  retryAt: bigint('retry_at', { mode: 'number' }).notNull(),
  changed: bigint('changed', { mode: 'number' }).notNull(),
});
