-- What the policy found in a state when it came, so that a brain that starts again need not look
-- through its whole memory once for each state of it.
alter table market_states
  add column policy_version text,
  add column strength double precision,
  add column distance_to_memory double precision,
  add column direction text,
  add column raw_probability double precision;
