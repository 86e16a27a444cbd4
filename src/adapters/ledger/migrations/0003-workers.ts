/** Signs of life of workers, so that a zone without one is known. Of a moment, no part of the record. */
export const ledger0003 = `
CREATE TABLE runbolt.workers (
  id      text PRIMARY KEY,
  zone    text,
  seen_at timestamptz NOT NULL DEFAULT now()
);
`;
