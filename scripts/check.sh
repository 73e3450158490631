#!/usr/bin/env bash
# Everything that can be judged without running the portal. Every step runs; the first line of each names it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=.venv/bin/python
failed=()

step() {
  local name="$1"
  shift
  echo "== $name"
  "$@" || failed+=("$name")
}

# The deployment check, as production would start: every service named, a secret made for the occasion.
deployment() {
  local output secret
  secret="$($python -c 'import secrets; print(secrets.token_urlsafe(64))')"
  output="$(env AFTERCARE_ENV=production SECRET_KEY="$secret" ALLOWED_HOSTS=portal.example.com \
    BASE_URL=https://portal.example.com DATABASE_URL=postgres://portal:portal@database.invalid/portal \
    REDIS_URL=redis://redis.invalid:6379/0 EMAIL_URL=smtp+tls://portal:portal@mail.invalid:587 \
    DEMO=0 DEBUG=0 VAR_DIR="$var" $python manage.py check --deploy --fail-level WARNING 2>&1)"
  local code=$?
  echo "$output"
  [ $code -eq 0 ] && ! grep -qiE 'warning|\?: \(' <<<"$output"
}

migrations() { env -u DATABASE_URL -u REDIS_URL VAR_DIR="$var" $python manage.py makemigrations --check --dry-run; }

templates() {
  [ -n "$(find templates -name '*.html' -print -quit)" ] || { echo "没有模板"; return 0; }
  # The linter counts; its formatter wraps Chinese text by bytes and is not asked.
  $python -m djlint templates --lint --quiet
}

var="$(mktemp -d)"
trap 'rm -rf "$var"' EXIT

step "ruff check" $python -m ruff check --quiet .
step "ruff format" $python -m ruff format --check --quiet .
step "mypy" env VAR_DIR="$var" $python -m mypy
step "import-linter" env VAR_DIR="$var" .venv/bin/lint-imports --no-cache
step "djlint" templates
step "makemigrations --check" migrations
step "check --deploy" deployment

if [ "${#failed[@]}" -gt 0 ]; then
  printf '未通过:%s\n' "${failed[*]}"
  exit 1
fi
echo "检查全部通过。"
