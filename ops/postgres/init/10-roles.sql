-- Runs once, when the data folder is made. Passwords come from the secret files, never from arguments.
\set overmind_password `cat /run/secrets/overmind_db_password`
\set temporal_password `cat /run/secrets/temporal_db_password`
\set reader_password `cat /run/secrets/grafana_db_password`

create role overmind login password :'overmind_password';
create database overmind owner overmind encoding 'UTF8';

create role temporal login password :'temporal_password';
create database temporal owner temporal encoding 'UTF8';
create database temporal_visibility owner temporal encoding 'UTF8';

-- A role for each process, and one for dashboards; what each may do is granted with the schema.
\set executor_password `cat /run/secrets/executor_db_password`
\set ingest_password `cat /run/secrets/ingest_db_password`
\set brain_password `cat /run/secrets/brain_db_password`
\set trading_password `cat /run/secrets/trading_db_password`
\set api_password `cat /run/secrets/api_db_password`
create role overmind_executor login password :'executor_password';
create role overmind_ingest login password :'ingest_password';
create role overmind_brain login password :'brain_password';
create role overmind_trading login password :'trading_password';
create role overmind_api login password :'api_password';
create role overmind_reader login password :'reader_password';
alter role overmind_reader set default_transaction_read_only = on;
grant connect on database overmind to overmind_executor, overmind_ingest, overmind_brain,
  overmind_trading, overmind_api, overmind_reader;

-- Nobody but its owner enters a database.
revoke connect on database overmind from public;
revoke connect on database temporal from public;
revoke connect on database temporal_visibility from public;
