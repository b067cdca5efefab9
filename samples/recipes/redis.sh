#!/usr/bin/env bash
# Keeps a Redis server with RDB persistence as a command owner of Conn. The server is stopped while commit replaces its RDB file.
# Variables: REDIS_RDB (required: the path of the RDB file), REDIS_STOP and REDIS_START (commands; default: systemctl with redis-server),
# REDIS_ARGS (arguments of redis-cli, for example "-p 6380" or "-s /run/redis/redis.sock"), REDISCLI_AUTH (the password).
set -euo pipefail

: "${REDIS_RDB:?the RDB file is not named; set REDIS_RDB}"
stop=${REDIS_STOP:-systemctl stop redis-server}
start=${REDIS_START:-systemctl start redis-server}
read -ra arguments <<< "${REDIS_ARGS:-}"

refuse() { printf '%s\n' "$1" >&2; exit 77; }
redis() { redis-cli "${arguments[@]}" "$@"; }
answers() { [[ $(redis ping 2>&1) == PONG ]]; }
require_rdb() {
    # With an append-only file the server does not read its RDB file.
    [[ $(redis config get appendonly | tail -n 1) != yes ]] || refuse "the server has an append-only file; this recipe is for RDB persistence only"
}

case $1 in
    backup)
        answers || { echo "the server does not answer" >&2; exit 75; }
        redis --rdb "$CONN_STAGING/dump.rdb" >&2
        redis-check-rdb "$CONN_STAGING/dump.rdb" >&2
        exec cat "$CONN_STAGING/dump.rdb"
        ;;
    plan)
        if answers; then require_rdb; fi
        [[ -d $(dirname "$REDIS_RDB") ]] || refuse "the folder of $REDIS_RDB does not exist"
        ;;
    restore)
        if answers; then require_rdb; fi
        cat > "$CONN_STAGING/dump.rdb"
        redis-check-rdb "$CONN_STAGING/dump.rdb" >&2
        ;;
    commit)
        # May run again after it was cut off anywhere: the staged file stays.
        if answers; then bash -c "$stop"; fi
        cp "$CONN_STAGING/dump.rdb" "$REDIS_RDB.new"
        if ((EUID == 0)); then chown --reference="$(dirname "$REDIS_RDB")" "$REDIS_RDB.new"; fi
        sync "$REDIS_RDB.new"
        mv "$REDIS_RDB.new" "$REDIS_RDB"
        sync "$(dirname "$REDIS_RDB")"
        bash -c "$start"
        for ((i = 0; i < 300; i++)); do
            if answers; then exit 0; fi
            sleep 0.1
        done
        echo "the server does not answer 30 s after its start" >&2
        exit 1
        ;;
    discard)
        ;;
    *)
        refuse "the stage $1 is unknown"
        ;;
esac
