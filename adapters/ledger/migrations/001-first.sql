-- Truth of the control plane: runs, permits, reservations, epochs, settlements, ledger, positions.
-- Amounts are numeric(39,0) base units; times ending in _ms are wall time unless named market_*.

create table control (
  singleton boolean primary key default true check (singleton),
  executor_epoch bigint not null default 0,
  halt_epoch bigint not null default 0,
  halted boolean not null default false,
  halt_reason text,
  stop_id text,
  halted_at timestamptz,
  reduce_only_until_market_ms bigint,
  reduce_only_reason text
);
insert into control default values;

create table executor_lease (
  wallet text primary key,
  executor_epoch bigint not null,
  holder text not null,
  expires_at timestamptz not null
);

create table runs (
  run_id text primary key,
  feed jsonb not null,              -- arguments of the feed: kind, files, market, from, to, bars, speed, seed
  mode text not null,
  wallet text not null,
  baseline jsonb,                   -- {asset: "base units"} finalized, after funding
  cursor_market_ms bigint,          -- last event whose candidates were published
  state text not null default 'starting', -- starting, running, ending, ended
  started_at timestamptz not null default now(),
  ended_at timestamptz
);

-- One row a trade: what `overmind trades` and the live table show. Written by the stages as they pass.
create table trades (
  signal_id text primary key,
  run_id text not null references runs,
  market text not null,
  workflow_id text not null,
  screen text not null,
  stage text not null,              -- analysing … closed, or the end: declined, refused, failed, expired, closed
  market_time_ms bigint not null,
  received_ns numeric(39,0) not null,
  candidate jsonb not null,
  opinion jsonb,
  decision jsonb,                   -- reasons, expected value, exploring
  reasons text[] not null default '{}',
  breaches jsonb not null default '[]',
  conviction double precision,
  expected_value_bps double precision,
  exploring boolean not null default false,
  risk_score double precision,
  notional numeric(39,0),
  realised_pnl numeric(39,0),
  exit_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ended_at timestamptz
);
create index trades_run on trades (run_id, market_time_ms);

create table permits (
  permit_id text primary key,
  signal_id text not null references trades,
  run_id text not null references runs,
  leg text not null,
  attempt int not null,
  market text not null,
  side text not null,
  signal jsonb not null,            -- the (possibly reduced) signal that was approved
  p text not null,                  -- canonical wire text
  m text not null,                  -- its MAC, hex
  notional numeric(39,0) not null,  -- reserved for an entry, 0 for an exit
  risk_score double precision not null,
  adjustments jsonb not null default '[]',
  status text not null,             -- issued, submitted, uncertain, then one end: refused, landed, failed, expired
  reason text,
  signature text,
  last_valid_height bigint,
  valid_until_ms bigint not null,
  valid_until_height bigint not null,
  executor_epoch bigint not null,
  halt_epoch bigint not null,
  received_ns numeric(39,0) not null,
  published_ns numeric(39,0),
  read_ns numeric(39,0),
  wire_ns numeric(39,0),
  reported_at timestamptz,
  settled_at timestamptz,
  created_at timestamptz not null default now(),
  unique (signal_id, leg, attempt)
);
create index permits_live on permits (status) where status in ('issued', 'submitted', 'uncertain');
create unique index permits_one_live on permits (signal_id, leg) where status in ('issued', 'submitted', 'uncertain');
create unique index permits_signature on permits (signature) where signature is not null;

create table outbox (
  seq bigserial primary key,
  permit_id text not null unique references permits,
  p text not null,
  m text not null,
  valid_until_ms bigint not null,
  created_at timestamptz not null default now()
);

-- Exposure in quote units. Row 'total' and one row a market; each checked in the approving transaction.
create table exposure (
  scope text primary key,           -- 'total' or a market id
  reserved numeric(39,0) not null default 0 check (reserved >= 0),
  spent numeric(39,0) not null default 0 check (spent >= 0)
);
insert into exposure (scope) values ('total');

create table settlements (
  permit_id text primary key references permits,
  kind text not null check (kind in ('landed', 'failed', 'expired')),
  signature text,
  slot bigint,
  error text,
  fill jsonb,
  created_at timestamptz not null default now()
);

-- Wallet deltas by transaction: permits and housekeeping only. The sum of a run equals its wallet delta.
create table ledger_entries (
  signature text not null,
  asset text not null,              -- SOL, or the mint
  amount numeric(39,0) not null,
  run_id text references runs,
  permit_id text references permits,
  intent_id text,
  created_at timestamptz not null default now(),
  primary key (signature, asset),
  check (permit_id is not null or intent_id is not null)
);

create table housekeeping_intents (
  intent_id text primary key,
  run_id text,
  kind text not null,               -- token-account, rent, wrap, deposit
  signature text unique,
  status text not null default 'recorded',
  created_at timestamptz not null default now()
);

create table positions (
  signal_id text primary key references trades,
  run_id text not null references runs,
  market text not null,
  status text not null check (status in ('open', 'exiting', 'closed')),
  quantity numeric(39,0) not null,
  cost numeric(39,0) not null,
  costs_paid numeric(39,0) not null default 0,
  proceeds numeric(39,0),
  exits jsonb not null,
  opened_market_ms bigint not null,
  closed_market_ms bigint,
  high_water text,
  exit_reason text,
  opened_at timestamptz not null default now(),
  closed_at timestamptz
);
create unique index positions_one_live on positions (market) where status in ('open', 'exiting');

create table outcomes (
  signal_id text primary key references trades,
  run_id text not null references runs,
  market text not null,
  exit_reason text not null,
  realised_pnl numeric(39,0) not null,
  return_bps double precision not null,
  hold_ms bigint not null,
  exploring boolean not null,
  closed_market_ms bigint not null,
  created_at timestamptz not null default now()
);

-- The brain's memory, written behind; outcomes come later, by the labelling job only.
create table market_states (
  run_id text not null references runs,
  market text not null,
  market_time_ms bigint not null,
  feature_version text not null,
  close text not null,
  features real[] not null,
  outcome_bps double precision,
  resolved_market_ms bigint,
  primary key (run_id, market, market_time_ms)
);

create function notify_positions() returns trigger language plpgsql as $$
begin
  perform pg_notify('overmind_positions', coalesce(new.signal_id, old.signal_id));
  return null;
end $$;
create trigger positions_changed after insert or update or delete on positions
  for each row execute function notify_positions();
create function notify_control() returns trigger language plpgsql as $$
begin
  perform pg_notify('overmind_control', new.halt_epoch::text);
  return null;
end $$;
create trigger control_changed after update on control for each row execute function notify_control();
