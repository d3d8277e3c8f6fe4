-- What each process may do in the ledger, and no more. Safe to repeat; run after the migrations by
-- the schema's owner, who alone may change the schema and truncate.

revoke all on all tables in schema public from
  overmind_executor, overmind_ingest, overmind_brain, overmind_trading, overmind_api,
  overmind_reader;
revoke all on all sequences in schema public from
  overmind_executor, overmind_ingest, overmind_brain, overmind_trading, overmind_api,
  overmind_reader;
-- Triggers write the audit with the owner's rights; nobody else may call it.
revoke execute on function append_audit(text, jsonb) from public;

-- Holds the wallet's key, and knows of permits only that some have no proven end.
grant select, update on control to overmind_executor;
grant select, insert, update on executor_lease, halts to overmind_executor;
grant select, insert on resumes to overmind_executor;
grant select (status) on permits to overmind_executor;
grant select (slot) on settlements to overmind_executor;
grant select (id, hash, slot, differences, created_at) on reconciliations to overmind_executor;

-- Watches positions and records what the loss limits want; cannot make, end or read a permit's text.
grant select, update on control to overmind_ingest;
grant select, insert, update on halts to overmind_ingest;
grant select, update (cursor_market_ms) on runs to overmind_ingest;
grant select, update (high_water) on positions to overmind_ingest;
grant select (run_id, signal_id, leg, status) on permits to overmind_ingest;
grant select (run_id, signal_id, market_time_ms, realised_pnl) on trades to overmind_ingest;

-- Writes its memory and what was advised beside a trade, which can only hold entries back.
grant select, insert, update on market_states to overmind_brain;
grant update (advice_aside, veto_until_ms, updated_at) on trades to overmind_brain;
grant select on revoked_memories, runs, trades, outcomes to overmind_brain;

-- Approves, settles and learns.
grant select, insert, update on trades, permits, outbox, exposure, settlements, positions, outcomes,
  halts to overmind_trading;
grant select, insert on ledger_entries, limit_changes to overmind_trading;
grant select, insert, delete on reconciliations to overmind_trading;
grant select, update on control to overmind_trading;
grant select on runs, executor_lease, reduce_only, resumes, revoked_memories, market_states,
  housekeeping_intents to overmind_trading;
grant usage on sequence outbox_seq_seq, reconciliations_id_seq, limit_changes_id_seq
  to overmind_trading;

-- Stops and pauses as its routes are told, and knows tokens by their hashes.
grant select, update on control to overmind_api;
grant select, insert, update on halts to overmind_api;
grant select, insert, update, delete on reduce_only to overmind_api;
grant select (id, name, hash, scopes, revoked_at) on service_tokens to overmind_api;
-- Shows, as dashboards do, who may do nothing else. A permit's text and MAC are not for showing: whoever has both could send them again.
grant select on control, executor_lease, runs, trades, exposure, settlements, ledger_entries,
  positions, outcomes, market_states, reconciliations, halts, resumes, reduce_only,
  revoked_memories, limit_changes, audit, audit_head, schema_versions to overmind_api, overmind_reader;
grant select (permit_id, signal_id, run_id, leg, attempt, market, side, signal, notional, risk_score,
  adjustments, status, reason, signature, last_valid_height, valid_until_ms, valid_until_height,
  executor_epoch, halt_epoch, received_ns, published_ns, read_ns, wire_ns, reported_at, settled_at,
  created_at) on permits to overmind_api, overmind_reader;
grant select (seq, permit_id, valid_until_ms, created_at) on outbox to overmind_api, overmind_reader;
