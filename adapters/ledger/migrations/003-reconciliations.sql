-- Each comparison of ledger and chain; without differences it is clean.
create table reconciliations (
  id bigserial primary key,
  run_id text not null references runs on delete cascade,
  slot bigint not null,
  differences jsonb not null default '[]',
  settlement_sum jsonb not null,
  created_at timestamptz not null default now()
);
create index reconciliations_newest on reconciliations (run_id, id desc);
