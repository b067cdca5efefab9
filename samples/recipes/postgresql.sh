#!/usr/bin/env bash
# Keeps one PostgreSQL database (14 or newer) as a command owner of Conn. All or nothing: a restore fills a new database, and commit renames it.
# Variables: PGDATABASE (required), and those of libpq: PGHOST, PGPORT, PGUSER, PGPASSFILE. The user must be allowed to create and rename databases.
# Not kept: roles, tablespaces and settings of the whole server (pg_dumpall --globals-only), and grants on the database itself.
set -euo pipefail

: "${PGDATABASE:?the database is not named; set PGDATABASE}"
export PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10} PGAPPNAME=conn

refuse() { printf '%s\n' "$1" >&2; exit 77; }
server() { PGDATABASE=postgres psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }
exists() { [[ $(server --set "name=$1" <<< "SELECT 1 FROM pg_database WHERE datname = :'name'") == 1 ]]; }
drop() { server --set "name=$1" <<< 'DROP DATABASE IF EXISTS :"name" WITH (FORCE)'; }

# 75: the server is not there now, and the next run may find it.
pg_isready --quiet || { echo "the server does not accept connections" >&2; exit 75; }

# One name for each restore: the folder of the staging folder ends with 16 digits.
if [[ -n $CONN_STAGING ]]; then
    id=$(basename "$(dirname "$CONN_STAGING")")
    id=${id: -16}
    new=${PGDATABASE:0:40}_new_$id
    old=${PGDATABASE:0:40}_old_$id
fi

case $1 in
    backup)
        exec pg_dump --format=custom --no-password
        ;;
    plan)
        [[ $(server <<< 'SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user') == t ]] \
            || refuse "the user $(server <<< 'SELECT current_user') may not create databases"
        ;;
    restore)
        drop "$new"
        server --set "name=$new" <<< 'CREATE DATABASE :"name" TEMPLATE template0'
        pg_restore --no-password --exit-on-error --single-transaction --dbname="$new"
        ;;
    commit)
        # May run again after it was cut off anywhere.
        if exists "$new"; then
            if exists "$PGDATABASE"; then
                server --set "now=$PGDATABASE" <<'SQL'
ALTER DATABASE :"now" WITH ALLOW_CONNECTIONS false;
SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname = :'now';
SQL
                server --set "now=$PGDATABASE" --set "new=$new" --set "old=$old" <<'SQL'
BEGIN;
ALTER DATABASE :"now" RENAME TO :"old";
ALTER DATABASE :"new" RENAME TO :"now";
COMMIT;
SQL
            else
                server --set "now=$PGDATABASE" --set "new=$new" <<< 'ALTER DATABASE :"new" RENAME TO :"now"'
            fi
        fi
        exists "$PGDATABASE" || { echo "neither $new nor $PGDATABASE is there" >&2; exit 1; }
        drop "$old"
        ;;
    discard)
        drop "$new"
        ;;
    *)
        refuse "the stage $1 is unknown"
        ;;
esac
