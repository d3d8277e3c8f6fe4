-- Every stop that was ever counted: one that comes again, by whatever road, changes nothing.
create table halts (
  stop_id text primary key,
  halt_epoch bigint not null,
  reason text not null,
  halted_at timestamptz not null default now(),
  resumed_at timestamptz
);

-- Each resume with its proof, as the executor has checked it.
create table resumes (
  halt_epoch bigint primary key,    -- the one that was lifted
  stop_id text not null,
  reconciliation_id bigint not null,
  reconciliation_hash text not null,
  config_hash text not null,
  reason text not null,
  signatures jsonb not null,        -- [{operator, publicKey, signature}]
  resumed_at timestamptz not null default now()
);

-- The halt epoch whose flatten is under way; another epoch has ended it.
alter table control add column flatten_of bigint;

-- An operator's pause: entries end, exits go on. Scope 'all' or a market id.
create table reduce_only (
  scope text primary key,
  reason text not null,
  since timestamptz not null default now()
);

-- What two operators sign; rows from before this column cannot be resumed on.
alter table reconciliations add column hash text;
