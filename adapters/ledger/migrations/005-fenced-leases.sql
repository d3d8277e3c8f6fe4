-- The halt that the executor of this lease has on its disk: it signs nothing more under it.
alter table executor_lease add column fenced_halt_epoch bigint not null default 0;
