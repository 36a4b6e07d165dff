/**
 * The schema, step by step. Append only: a step that was released is never changed. The number of steps is the `user_version`.
 * Instants are TEXT in UTC, so that they sort; JSON columns hold the model's own types.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    sequence INTEGER UNIQUE,             -- order of commits; null: not committed
    audit TEXT NOT NULL,
    group_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('running', 'complete', 'partial', 'failed')),
    slot TEXT,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    requests_made INTEGER NOT NULL,
    run TEXT NOT NULL,                   -- JSON: Run
    summary TEXT,                        -- JSON: Summary
    populations TEXT,                    -- JSON: SectionSummary[]
    digests TEXT,                        -- JSON: Digests
    yardstick TEXT                       -- JSON: Yardstick
  ) STRICT;
  CREATE INDEX runs_by_group ON runs (group_id, sequence);
  CREATE INDEX runs_by_start ON runs (started_at);
  CREATE UNIQUE INDEX one_run_a_slot ON runs (audit, group_id, slot) WHERE slot IS NOT NULL AND sequence IS NOT NULL;

  CREATE TABLE reports (
    run TEXT PRIMARY KEY REFERENCES runs (id),
    report BLOB NOT NULL                 -- zstd of JSON: Report
  ) STRICT;

  CREATE TABLE section_bytes (
    digest TEXT NOT NULL,
    version INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (digest, version)
  ) STRICT;
  CREATE TABLE sections (
    run TEXT NOT NULL REFERENCES runs (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    items INTEGER NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (run, name)
  ) STRICT;
  CREATE INDEX sections_by_digest ON sections (digest);

  CREATE TABLE verdicts (
    group_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('passed', 'breached', 'not_evaluated')),
    since TEXT NOT NULL,
    judged_at TEXT,                      -- last time it was judged, for all subjects or for some
    judged_run TEXT REFERENCES runs (id),
    PRIMARY KEY (group_id, rule)
  ) STRICT;

  CREATE TABLE findings (
    id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'persisting', 'resolved', 'unverified', 'withdrawn')),
    finding TEXT NOT NULL                -- JSON: Finding
  ) STRICT;
  CREATE INDEX findings_by_group ON findings (group_id, state);

  CREATE TABLE told (
    audit TEXT NOT NULL,
    channel TEXT NOT NULL,
    group_id TEXT NOT NULL,
    finding TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    at TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (audit, channel, group_id, finding)
  ) STRICT;

  CREATE TABLE acknowledgements (
    finding TEXT NOT NULL REFERENCES findings (id),
    at TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (finding, at)
  ) STRICT;

  CREATE TABLE usage_days (
    group_id TEXT NOT NULL,
    day TEXT NOT NULL,
    calls TEXT NOT NULL,                 -- JSON: calls by endpoint
    free_calls TEXT NOT NULL,
    PRIMARY KEY (group_id, day)
  ) STRICT;

  CREATE TABLE schedules (
    audit TEXT PRIMARY KEY,
    last_reconciled TEXT NOT NULL
  ) STRICT;
  CREATE TABLE slots (
    audit TEXT NOT NULL,
    group_id TEXT NOT NULL,
    slot TEXT NOT NULL,
    due_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'claimed', 'done', 'abandoned')),
    claims INTEGER NOT NULL DEFAULT 0,
    run TEXT,
    PRIMARY KEY (audit, group_id, slot)
  ) STRICT;
  CREATE INDEX slots_by_state ON slots (state, due_at);

  CREATE TABLE deliveries (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    run TEXT REFERENCES runs (id),
    channel TEXT NOT NULL,
    key TEXT NOT NULL,
    wire_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'delivered', 'failed', 'superseded')),
    attempts INTEGER NOT NULL DEFAULT 0,
    round_attempts INTEGER NOT NULL DEFAULT 0,   -- since it was queued or retried by hand
    round_short INTEGER NOT NULL DEFAULT 0,      -- of these, in a row up to the last, those with little patience
    round_started_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    next_attempt_at TEXT,
    sender TEXT,                         -- while sending: who, since when
    sending_since TEXT,
    finished_at TEXT,
    last_error TEXT,
    maybe_duplicate INTEGER NOT NULL DEFAULT 0,
    recipients TEXT NOT NULL             -- JSON: RecipientOutcomes
  ) STRICT;
  CREATE INDEX deliveries_by_state ON deliveries (state, next_attempt_at);
  CREATE INDEX deliveries_by_channel ON deliveries (channel, key, state);
  CREATE TABLE messages (
    delivery TEXT PRIMARY KEY REFERENCES deliveries (id),
    body BLOB NOT NULL                   -- zstd of JSON: MessageBody
  ) STRICT;
  CREATE TABLE attempts (
    delivery TEXT NOT NULL REFERENCES deliveries (id),
    number INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    outcome TEXT CHECK (outcome IN ('delivered', 'retry', 'failed', 'interrupted')),
    detail TEXT,                         -- the receiver's answer or the error
    PRIMARY KEY (delivery, number)
  ) STRICT;
  `,
  `
  CREATE TABLE changes (
    id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL,
    intended_at TEXT NOT NULL,
    outcome TEXT CHECK (outcome IN ('done', 'accepted', 'refused', 'unknown')),   -- null: not known how it ended
    change TEXT NOT NULL                 -- JSON: RecordedChange
  ) STRICT;
  CREATE INDEX changes_by_group ON changes (group_id, intended_at);
  `,
  `
  CREATE TABLE key_salt (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    salt BLOB NOT NULL                   -- random; fingerprints of keys are made with it
  ) STRICT;
  CREATE TABLE api_keys (
    group_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,           -- HMAC-SHA256 of the key: the key cannot be computed from it
    first_seen_at TEXT NOT NULL,
    PRIMARY KEY (group_id, fingerprint)
  ) STRICT;
  CREATE TABLE own_requests (
    group_id TEXT NOT NULL,
    day TEXT NOT NULL,
    made INTEGER NOT NULL,
    PRIMARY KEY (group_id, day)
  ) STRICT;
  CREATE TABLE rule_failures (
    group_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    runs INTEGER NOT NULL,               -- in a row, up to the latest that tried it
    since TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (group_id, rule)
  ) STRICT;
  `,
  `
  CREATE TABLE account_days (
    group_id TEXT NOT NULL,
    day TEXT NOT NULL,
    read_on TEXT NOT NULL,
    complete INTEGER NOT NULL,           -- 0: only the largest consumers were read
    used TEXT NOT NULL,                  -- JSON: calls by account
    PRIMARY KEY (group_id, day)
  ) STRICT;
  `,
  `
  CREATE TABLE quota_readings (
    group_id TEXT NOT NULL,
    quota TEXT NOT NULL,
    day TEXT NOT NULL,                   -- UTC; the last reading of each is kept
    at TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (group_id, quota, day)
  ) STRICT;
  `,
  `
  ALTER TABLE section_bytes ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;   -- 1: an account was taken out; the digest is of what was read
  `,
  `
  CREATE TABLE channel_standings (
    channel TEXT PRIMARY KEY,
    endpoint TEXT NOT NULL,              -- HMAC-SHA256 of the address: it cannot be computed from it
    failures INTEGER NOT NULL DEFAULT 0, -- in a row, up to the last attempt
    held_since TEXT,
    next_try_at TEXT                     -- while held; null: not before the channel leads elsewhere
  ) STRICT;
  `,
];
