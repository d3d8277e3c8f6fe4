-- What the overlay said beside a trade (advisory), and the market time up to which its veto holds
-- later entries of the market back.
alter table trades
  add column advice_aside jsonb,
  add column veto_until_ms bigint;
create index trades_by_veto on trades (run_id, market, veto_until_ms) where veto_until_ms is not null;
