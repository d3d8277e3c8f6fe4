-- Remembered states that an operator took the vote from.
create table revoked_memories (
  run_id text not null references runs,
  market text not null,
  market_time_ms bigint not null,
  reason text not null,
  revoked_at timestamptz not null default now(),
  primary key (run_id, market, market_time_ms)
);

-- Which decisions a memory had a part in.
create index trades_by_memory on trades using gin ((opinion -> 'neighbours') jsonb_path_ops);
