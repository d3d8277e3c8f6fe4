#!/bin/sh
# The server's own template reads the password from the environment; ours lies in a file.
set -eu
POSTGRES_PWD="$(cat /run/secrets/temporal_db_password)"
export POSTGRES_PWD
exec /etc/temporal/entrypoint.sh
