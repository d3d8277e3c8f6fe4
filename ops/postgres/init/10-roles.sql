-- Runs once, when the data folder is made. Passwords come from the secret files, never from arguments.
\set overmind_password `cat /run/secrets/overmind_db_password`
\set temporal_password `cat /run/secrets/temporal_db_password`
\set reader_password `cat /run/secrets/grafana_db_password`

create role overmind login password :'overmind_password';
create database overmind owner overmind encoding 'UTF8';

create role temporal login password :'temporal_password';
create database temporal owner temporal encoding 'UTF8';
create database temporal_visibility owner temporal encoding 'UTF8';

-- Dashboards read and nothing else, whatever tables a later migration adds.
create role overmind_reader login password :'reader_password';
alter role overmind_reader set default_transaction_read_only = on;
grant connect on database overmind to overmind_reader;
\connect overmind
alter default privileges for role overmind in schema public grant select on tables to overmind_reader;

-- Nobody but its owner enters a database.
revoke connect on database overmind from public;
revoke connect on database temporal from public;
revoke connect on database temporal_visibility from public;
