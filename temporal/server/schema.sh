#!/bin/sh
# Temporal's own tables, in the databases that ops/postgres/init makes. Safe to repeat.
set -eu
SQL_PASSWORD="$(cat /run/secrets/temporal_db_password)"
export SQL_PASSWORD

migrate() {
  tool="temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db $1"
  # Split on purpose: a command and its flags, none of which holds a space.
  # shellcheck disable=SC2086
  $tool setup-schema -v 0.0
  # shellcheck disable=SC2086
  $tool update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

migrate temporal temporal
migrate temporal_visibility visibility
