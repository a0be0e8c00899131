#!/usr/bin/env bash
# Recompile requirements/*.txt and package-lock.json from pyproject.toml and package.json.
# Versions and hashes only: no registry's name may get into a committed file.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet uv

compile() {
    local name=$1
    shift
    echo "[lock] requirements/$name.txt"
    "$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
        "$@" --output-file "requirements/$name.txt"
}
compile base pyproject.toml "$@"
compile dev pyproject.toml --extra dev --constraints requirements/base.txt "$@"
compile node requirements/node.in "$@"

echo "[lock] package-lock.json"
npm install --package-lock-only --ignore-scripts
python3 - <<'PY'
import json, pathlib

path = pathlib.Path("package-lock.json")
lock = json.loads(path.read_text())
for package in lock["packages"].values():
    for key in ("resolved", "funding"):
        package.pop(key, None)
path.write_text(json.dumps(lock, indent=2) + "\n")
PY
if grep -nE 'https?://' requirements/*.txt package-lock.json; then
    echo "[lock] an address got into a lock file (above)" >&2
    exit 1
fi
