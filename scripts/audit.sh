#!/usr/bin/env bash
# Are vulnerabilities known in what the app installs? Asks a vulnerability service, so it is no part of .ci/run.
# Exit status: 0 none is known, 1 some are (pip-audit lists them), 2 the service was not reached or did not know all.
#
#   scripts/audit.sh [pip-audit's own options, such as --vulnerability-service osv; with -r FILE only that is audited]
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

files=(-r requirements.txt -r requirements-openvino.txt -r requirements-geoparquet.txt -r requirements-ray.txt)
case " $* " in *" -r "*) files=() ;; esac
report=$(mktemp) said=$(mktemp)
trap 'rm -f "$report" "$said"' EXIT

python -m pip_audit --strict --progress-spinner off --format json --output "$report" --timeout "${AUDIT_TIMEOUT:-15}" \
    ${files[@]+"${files[@]}"} "$@" 2>"$said"
status=$?

# What counts is a report that names packages: without one nothing has been looked at, whatever the status.
python - "$report" "$status" "$said" <<'PY'
import json
import pathlib
import sys

report, status, said = sys.argv[1:]
try:
    packages = json.loads(pathlib.Path(report).read_text(encoding="utf-8"))["dependencies"]
except (ValueError, KeyError, TypeError):
    packages = []
skipped = [package["name"] for package in packages if "skip_reason" in package]
found = [(package["name"], package["version"], bug["id"]) for package in packages for bug in package.get("vulns", [])]
for name, version, bug in found:
    print(f"{name} {version}: {bug}")
if found:
    sys.exit(1)
if not packages or skipped or status != "0":
    last = (pathlib.Path(said).read_text(encoding="utf-8").strip().splitlines() or ["it said nothing"])[-1]
    which = f"no data on {', '.join(skipped)}" if skipped else f"no data was reached ({last[:200]})"
    print(f"Not audited: {which}. Run it where the vulnerability service can be reached.", file=sys.stderr)
    sys.exit(2)
print(f"No vulnerability is known in {len(packages)} packages.")
PY
