-- What was approved, refused, halted, resumed and allowed, and with which key: each entry holds the
-- hash of the one before it. Triggers write it, so that no road into these tables goes past it.
create table audit (
  seq bigint primary key,
  at_ms bigint not null,            -- wall time
  actor text not null,              -- the process, by the name of its connection
  action text not null,
  subject text not null,            -- JSON, exactly as it was hashed
  previous_hash text not null,
  hash text not null                -- hex SHA-256 of all the others, one a line
);
create table audit_head (
  singleton boolean primary key default true check (singleton),
  seq bigint not null,
  hash text not null
);
insert into audit_head (seq, hash) values (0, repeat('0', 64));

-- Called last in its transaction: the head is held until the commit, and nothing is waited for then.
create function append_audit(what text, about jsonb) returns void
language plpgsql security definer set search_path from current as $$
declare
  head audit_head;
  entry audit;
begin
  select * into head from audit_head for update;
  entry.seq := head.seq + 1;
  entry.at_ms := floor(extract(epoch from clock_timestamp()) * 1000);
  entry.actor := coalesce(nullif(current_setting('application_name'), ''), session_user);
  entry.action := what;
  entry.subject := about::text;
  entry.previous_hash := head.hash;
  entry.hash := encode(sha256(convert_to(concat_ws(E'\n', entry.previous_hash, entry.seq,
    entry.at_ms, entry.actor, entry.action, entry.subject), 'UTF8')), 'hex');
  insert into audit values (entry.*);
  update audit_head set seq = entry.seq, hash = entry.hash;
end $$;

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is only ever added to';
end $$;
create trigger audit_is_kept before update or delete on audit
  for each row execute function refuse_audit_change();
create trigger audit_is_kept_whole before truncate on audit
  for each statement execute function refuse_audit_change();

create function audit_permit() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    perform append_audit('permit approved', jsonb_build_object('permit', new.permit_id,
      'side', new.side, 'notional', new.notional::text, 'riskScore', new.risk_score,
      'adjustments', new.adjustments, 'executorEpoch', new.executor_epoch,
      'haltEpoch', new.halt_epoch));
  else
    perform append_audit('permit refused', jsonb_build_object('permit', new.permit_id,
      'reason', new.reason));
  end if;
  return null;
end $$;
create trigger permit_approved after insert on permits
  for each row execute function audit_permit();
create trigger permit_refused after update of status on permits
  for each row when (new.status = 'refused' and old.status <> 'refused')
  execute function audit_permit();

create function audit_refusal() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform append_audit('signal refused', jsonb_build_object('trade', new.signal_id,
    'breaches', new.breaches));
  return null;
end $$;
create trigger signal_refused after update of stage on trades
  for each row when (new.stage = 'refused' and old.stage <> 'refused' and new.breaches <> '[]')
  execute function audit_refusal();

create function audit_halt() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform append_audit('halted', jsonb_build_object('stop', new.stop_id,
    'haltEpoch', new.halt_epoch, 'reason', new.reason));
  return null;
end $$;
create trigger halt_counted after insert on halts
  for each row execute function audit_halt();

create function audit_resume() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform append_audit('resumed', jsonb_build_object('haltEpoch', new.halt_epoch,
    'reason', new.reason, 'reconciliation', new.reconciliation_hash, 'config', new.config_hash,
    'operators', (select jsonb_agg(one -> 'operator') from jsonb_array_elements(new.signatures) one)));
  return null;
end $$;
create trigger resume_recorded after insert on resumes
  for each row execute function audit_resume();

create function audit_pause() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_op = 'DELETE' then
    perform append_audit('pause ended', jsonb_build_object('scope', old.scope));
  else
    perform append_audit('paused', jsonb_build_object('scope', new.scope, 'reason', new.reason));
  end if;
  return null;
end $$;
create trigger pause_changed after insert or update or delete on reduce_only
  for each row execute function audit_pause();

create function audit_control() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if new.reduce_only_until_market_ms is distinct from old.reduce_only_until_market_ms
    and new.reduce_only_until_market_ms is not null then
    perform append_audit('loss limit reached', jsonb_build_object(
      'untilMarketMs', new.reduce_only_until_market_ms, 'reason', new.reduce_only_reason));
  end if;
  if new.flatten_of is distinct from old.flatten_of and new.flatten_of is not null then
    perform append_audit('flatten ordered', jsonb_build_object('haltEpoch', new.flatten_of));
  end if;
  return null;
end $$;
create trigger control_audited after update on control
  for each row execute function audit_control();

create function audit_key_use() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform append_audit('wallet key in use', jsonb_build_object('wallet', new.wallet,
    'executorEpoch', new.executor_epoch, 'holder', new.holder));
  return null;
end $$;
create trigger key_first_used after insert on executor_lease
  for each row execute function audit_key_use();
create trigger key_used_anew after update of executor_epoch on executor_lease
  for each row when (new.executor_epoch <> old.executor_epoch) execute function audit_key_use();

create function audit_revocation() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform append_audit('memory revoked', jsonb_build_object('run', new.run_id,
    'market', new.market, 'marketTimeMs', new.market_time_ms, 'reason', new.reason));
  return null;
end $$;
create trigger memory_revoked after insert on revoked_memories
  for each row execute function audit_revocation();

-- The limits that approvals are made under, whenever they differ from the last ones.
create table limit_changes (
  id bigserial primary key,
  limits jsonb not null,
  changed_at timestamptz not null default now()
);
create function audit_limits() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform append_audit('limits changed', new.limits);
  return null;
end $$;
create trigger limits_changed after insert on limit_changes
  for each row execute function audit_limits();
