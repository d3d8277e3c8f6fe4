-- Who may ask the API for what. A token itself is shown once and never kept.
create table service_tokens (
  id text primary key,              -- the part of the token that is no secret
  name text not null,
  hash bytea not null,              -- SHA-256 of the whole token
  scopes text[] not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
-- A name is free again once its token is revoked.
create unique index service_tokens_name on service_tokens (name) where revoked_at is null;

create function audit_token() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform append_audit(case tg_op when 'INSERT' then 'token made' else 'token revoked' end,
    jsonb_build_object('name', new.name, 'id', new.id, 'scopes', new.scopes));
  return null;
end $$;
create trigger token_made after insert on service_tokens
  for each row execute function audit_token();
create trigger token_revoked after update on service_tokens
  for each row when (new.revoked_at is not null and old.revoked_at is null)
  execute function audit_token();

-- What people said of an entry that waited for them.
create function audit_answer() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if new.reasons[1] = 'approval-rejected' then
    perform append_audit('entry rejected', jsonb_build_object('trade', new.signal_id,
      'said', new.reasons[2]));
  else
    perform append_audit('entry approved', jsonb_build_object('trade', new.signal_id,
      'operator', new.decision_inputs #> '{again,operator}',
      'reason', new.decision_inputs #> '{again,reason}',
      'seen', new.decision_inputs #> '{again,approved}', 'stage', new.stage));
  end if;
  return null;
end $$;
create trigger entry_rejected after update of reasons on trades
  for each row when (new.reasons[1] = 'approval-rejected' and old.reasons <> new.reasons)
  execute function audit_answer();
create trigger entry_approved after update of decision_inputs on trades
  for each row when (new.decision_inputs ? 'again'
    and old.decision_inputs is distinct from new.decision_inputs)
  execute function audit_answer();
