/**
 * What is kept long enough may go, and nothing else: a transaction names in `runbolt.expired_before` (ms since the epoch)
 * what it deletes, and the events of a run that has not ended, or ended later, are refused all the same. A ledger that
 * comes from a backup says so of its runs, since more than it knows may have been posted.
 */
export const ledger0002 = `
DROP TRIGGER append_only ON runbolt.events;
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON runbolt.events
  FOR EACH STATEMENT EXECUTE FUNCTION runbolt.refuse_rewriting();
CREATE FUNCTION runbolt.refuse_deleting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.at < nullif(current_setting('runbolt.expired_before', true), '')::bigint
    AND EXISTS (SELECT FROM runbolt.runs WHERE id = OLD.run_id AND phase = 'ended')
  THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'events of the ledger are append-only: % is refused', TG_OP;
END $$;
CREATE TRIGGER kept_long_enough BEFORE DELETE ON runbolt.events
  FOR EACH ROW EXECUTE FUNCTION runbolt.refuse_deleting();

ALTER TABLE runbolt.runs ADD COLUMN restored boolean NOT NULL DEFAULT false;

CREATE FUNCTION runbolt.restored() RETURNS void LANGUAGE sql AS $$
  UPDATE runbolt.runs SET restored = true WHERE phase <> 'ended' OR projected_version < version;
  UPDATE runbolt.messages SET in_doubt = true WHERE ts IS NULL;
  UPDATE runbolt.identity SET id = replace(gen_random_uuid()::text, '-', '');
$$;
`;
