-- Realised results of a run are summed inside the approving transaction; most trades have none.
create index trades_realised on trades (run_id) where realised_pnl is not null;
-- The newest exit of a market, for the cool-down.
create index positions_closed on positions (run_id, market, closed_market_ms) where status = 'closed';
-- Lamports of the transaction beyond its swap, valued in quote units when it was settled.
alter table settlements add column costs numeric(39,0) not null default 0;
create index ledger_entries_run on ledger_entries (run_id, asset);
create index permits_run on permits (run_id, market);
