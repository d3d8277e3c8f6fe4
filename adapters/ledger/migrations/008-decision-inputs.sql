-- What `decide` was given beside candidate and opinion, so that it can be asked again.
alter table trades add column decision_inputs jsonb;
