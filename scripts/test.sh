#!/usr/bin/env bash
# The suite on the embedded mode's SQLite; then what only PostgreSQL can show, on PostgreSQL.
# With arguments: just that part, e.g. `make test ARGS="tests/workflow -k clock"`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pytest=(.venv/bin/python -m pytest)
workers="${TEST_WORKERS:-2}"
unset DJANGO_SETTINGS_MODULE VAR_DIR || true

if [ "$#" -gt 0 ]; then
  exec "${pytest[@]}" "$@"
fi

# A server given for the portal is not one to run the embedded half of the suite on.
env -u DATABASE_URL -u REDIS_URL "${pytest[@]}" -n "$workers" --create-db
if [ "${SKIP_POSTGRES_PART:-}" != 1 ]; then
  echo "再在 PostgreSQL 上运行只有它能证明的测试(并发、加锁):"
  env -u REDIS_URL .venv/bin/python scripts/database.py "${pytest[@]}" --create-db -m postgres --no-header
fi
