#!/usr/bin/env bash
# Makes .venv and the system libraries ready. Usage: scripts/setup.sh [run|test]
# Fast when nothing changed: a stamp holds the hash of everything the environment was made from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
purpose="${1:-run}"

say() { printf '%s\n' "$*" >&2; }

# --- system packages --------------------------------------------------------------------------------------------

as_root=()
can_install() {
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" = 0 ] && return 0
  command -v sudo >/dev/null && sudo -n true 2>/dev/null && as_root=(sudo -n) && return 0
  return 1
}

# install_packages <why> <package>... : installs, or says exactly what to type and returns 1.
install_packages() {
  local why="$1"
  shift
  if can_install; then
    say "正在安装系统软件包($why):$*"
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1; then
      "${as_root[@]}" apt-get update -qq >&2 || true
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || {
        say "安装失败($why)。请检查软件源后执行:apt-get install -y $*"
        return 1
      }
    fi
    return 0
  fi
  say "缺少系统软件包($why)。请以管理员身份执行:"
  say "    sudo apt-get update && sudo apt-get install -y $*"
  return 1
}

has_library() {
  { ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || true; } | grep -q "$1"
}

missing=()
has_library 'libpango-1\.0\.so\.0' || missing+=(libpango-1.0-0)
has_library 'libpangoft2-1\.0\.so\.0' || missing+=(libpangoft2-1.0-0)
has_library 'libharfbuzz-subset\.so\.0' || missing+=(libharfbuzz-subset0)
if [ "${#missing[@]}" -gt 0 ] && ! install_packages "生成 PDF 需要" "${missing[@]}"; then
  [ "$purpose" = test ] && exit 1
  say "门户可以启动,但在装好之前不能生成 PDF。"
fi
if [ "$purpose" = test ]; then
  missing=()
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    missing+=(chromium)
  ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 || { command -v fc-list >/dev/null && fc-list :lang=zh | grep -q .; } ||
    missing+=(fonts-noto-cjk)
  [ "${#missing[@]}" -eq 0 ] || install_packages "浏览器测试需要" "${missing[@]}" || exit 1
fi

# --- environment ------------------------------------------------------------------------------------------------

exec 9<requirements/dev.txt
flock 9 # two setups at once: the second one finds the work done

wanted="$(cat requirements/bootstrap.txt requirements/dev.txt scripts/setup.sh | sha256sum | cut -d' ' -f1)"
stamp=.venv/.stamp
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
  exit 0
fi

suitable() { "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; }
python=""
for candidate in python3.11 python3 python3.12 python3.13; do
  if command -v "$candidate" >/dev/null && suitable "$candidate"; then python="$candidate"; break; fi
done
if [ -z "$python" ]; then
  install_packages "Python 3.11 或更新" python3 python3-venv || exit 1
  python=python3
  suitable "$python" || { say "需要 Python 3.11 或更新的版本,当前为 $($python --version 2>&1)。"; exit 1; }
fi

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
  say "正在建立 Python 环境 .venv …"
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    install_packages "建立 Python 环境需要" python3-venv || exit 1
  fi
  "$python" -m venv --clear .venv
fi

pip=(.venv/bin/python -m pip --disable-pip-version-check)
say "正在安装依赖(首次约一分钟)…"
"${pip[@]}" install --quiet --require-hashes -r requirements/bootstrap.txt

# uv does not read pip's configuration: a mirror configured for pip is meant for this as well.
pip_setting() { "${pip[@]}" config get "global.$1" 2>/dev/null || "${pip[@]}" config get "install.$1" 2>/dev/null || true; }
export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$(pip_setting index-url)}}"
export UV_INDEX="${UV_INDEX:-${PIP_EXTRA_INDEX_URL:-$(pip_setting extra-index-url | tr '\n' ' ')}}"
export UV_FIND_LINKS="${UV_FIND_LINKS:-${PIP_FIND_LINKS:-$(pip_setting find-links | tr '\n' ',')}}"
# Several indexes are searched as pip does; which of them answers does not matter, because every hash is known.
export UV_INDEX_STRATEGY="${UV_INDEX_STRATEGY:-unsafe-best-match}"
for name in UV_DEFAULT_INDEX UV_INDEX UV_FIND_LINKS; do [ -n "${!name}" ] || unset "$name"; done
[ -z "${UV_FIND_LINKS:-}" ] || UV_FIND_LINKS="${UV_FIND_LINKS%,}"

if ! .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements/dev.txt 2>.venv/uv.log; then
  # A mirror that only pip understands.
  "${pip[@]}" install --quiet --require-hashes -r requirements/dev.txt || { cat .venv/uv.log >&2; say "依赖安装失败。"; exit 1; }
fi
printf '%s' "$wanted" >"$stamp"
