#!/bin/bash
# What runs in the image of make-image: as much of the official image's entrypoint as fixtures::postgres asks for.
# Password, authentication and options of initdb come by the same variables, options of the server as arguments.
set -euo pipefail

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD:?is not set: a superuser without a password would be open to all}"
    # Options, and so split at spaces.
    # shellcheck disable=SC2086
    initdb --pgdata="$PGDATA" --username=postgres --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
        --encoding=UTF8 --locale=C ${POSTGRES_INITDB_ARGS:-}
    printf 'host all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
fi
exec postgres -D "$PGDATA" -c 'listen_addresses=*' "$@"
