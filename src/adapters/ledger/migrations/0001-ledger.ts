/** The ledger's first tables. Events are append-only by trigger; all else can be derived from them, or is the outbox. */
export const ledger0001 = `
CREATE TABLE runbolt.identity (
  id text PRIMARY KEY DEFAULT replace(gen_random_uuid()::text, '-', '')
);
INSERT INTO runbolt.identity DEFAULT VALUES;

CREATE TABLE runbolt.runs (
  id                text PRIMARY KEY,
  request_key       text NOT NULL UNIQUE,
  opened_at         bigint NOT NULL,
  door              text NOT NULL,
  command           text NOT NULL,
  actor             text NOT NULL,
  parent            text,
  phase             text NOT NULL,
  outcomes          jsonb NOT NULL DEFAULT '{}',
  version           integer NOT NULL,
  projected_version integer NOT NULL DEFAULT 0,
  touched           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX runs_newest ON runbolt.runs (opened_at DESC, id DESC);
CREATE INDEX runs_unfinished ON runbolt.runs (opened_at, id) WHERE phase <> 'ended';
CREATE INDEX runs_stale ON runbolt.runs (opened_at, id) WHERE projected_version < version;

CREATE TABLE runbolt.events (
  run_id  text NOT NULL REFERENCES runbolt.runs (id),
  version integer NOT NULL,
  kind    text NOT NULL,
  at      bigint NOT NULL,
  body    jsonb NOT NULL,
  PRIMARY KEY (run_id, version)
);
CREATE FUNCTION runbolt.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events of the ledger are append-only: % is refused', TG_OP;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON runbolt.events
  FOR EACH STATEMENT EXECUTE FUNCTION runbolt.refuse_rewriting();

CREATE TABLE runbolt.outcomes (
  run_id  text NOT NULL REFERENCES runbolt.runs (id),
  target  text NOT NULL,
  outcome text NOT NULL,
  PRIMARY KEY (run_id, target)
);

CREATE TABLE runbolt.claims (
  target text PRIMARY KEY,
  run_id text NOT NULL REFERENCES runbolt.runs (id)
);
CREATE INDEX claims_run ON runbolt.claims (run_id);

CREATE TABLE runbolt.threads (
  run_id    text PRIMARY KEY REFERENCES runbolt.runs (id),
  channel   text NOT NULL,
  thread    text,
  root_ts   text,
  abandoned text
);
CREATE INDEX threads_place ON runbolt.threads (channel, (coalesce(thread, root_ts)));

CREATE SEQUENCE runbolt.message_changes;
CREATE TABLE runbolt.messages (
  run_id             text NOT NULL REFERENCES runbolt.runs (id),
  key                text NOT NULL,
  ord                integer NOT NULL,
  body               jsonb NOT NULL,
  revision           integer NOT NULL DEFAULT 1,
  delivered_revision integer NOT NULL DEFAULT 0,
  ts                 text,
  in_doubt           boolean NOT NULL DEFAULT false,
  attempts           integer NOT NULL DEFAULT 0,
  retry_at           bigint NOT NULL DEFAULT 0,
  changed            bigint NOT NULL DEFAULT nextval('runbolt.message_changes'),
  PRIMARY KEY (run_id, key)
);
CREATE INDEX messages_due ON runbolt.messages (run_id, ord, key) WHERE ts IS NULL OR delivered_revision < revision;
`;
