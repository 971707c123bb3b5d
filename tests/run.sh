#!/bin/sh
# The whole suite on SQLite, then on PostgreSQL where a server answers.
# In CI a missing PostgreSQL is a failure; elsewhere it is said and skipped.
set -eu
cd "$(dirname "$0")/.."
PYTHON="${PYTHON:-.venv/bin/python}"
WORKERS="${WORKERS:-2}"
URL="${PROTEM_TEST_DATABASE_URL:-postgresql://postgres@127.0.0.1:5432/postgres}"

echo "== the suite on SQLite"
env -u PROTEM_TEST_DATABASE_URL "$PYTHON" -m pytest -n "$WORKERS" "$@"

if "$PYTHON" - "$URL" <<'PROBE'
import sys

import psycopg

try:
    psycopg.connect(sys.argv[1], connect_timeout=3).close()
except psycopg.OperationalError:
    sys.exit(1)
PROBE
then
    echo "== the suite on PostgreSQL"
    PROTEM_TEST_DATABASE_URL="$URL" "$PYTHON" -m pytest -n "$WORKERS" -m "not browser and not pure" "$@"
elif [ "${CI:-}" = "true" ]; then
    echo "No PostgreSQL answers, and CI must run on it." >&2
    exit 1
else
    echo "== no PostgreSQL answers: those runs are skipped (set PROTEM_TEST_DATABASE_URL)"
fi
