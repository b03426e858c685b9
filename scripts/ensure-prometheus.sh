#!/bin/sh
# Fetches what the tests of the metrics need: prometheus and promtool, of Debian's
# package prometheus, into .cache/prometheus. It is unpacked and not installed, so that
# no service is started and root is not needed.
#
# What cannot be had is named and left out: it never fails, and the tests skip without
# it. Silent when nothing is to do.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
to=$root/.cache/prometheus

say() { printf 'ensure-prometheus: %s\n' "$*" >&2; }

[ ! -e "$to/complete" ] || exit 0
for program in apt-get dpkg-deb; do
	command -v "$program" >/dev/null || { say "no $program here: prometheus is left out"; exit 0; }
done
say "fetching Debian's package prometheus"
rm -rf "$to"
mkdir -p "$to/bin"
log=$(mktemp)
fetch() { (cd "$to" && apt-get -q download prometheus) >>"$log" 2>&1; }
if ! fetch; then # the list of packages may be old, or not there
	if [ "$(id -u)" -eq 0 ]; then
		apt-get -q update >>"$log" 2>&1 || true
	elif sudo -n true 2>/dev/null; then
		sudo -n apt-get -q update >>"$log" 2>&1 || true
	fi
	fetch || { say "apt-get failed: prometheus is left out:"; tail -n 5 "$log" >&2; rm -f "$log"; exit 0; }
fi
rm -f "$log"
dpkg-deb --fsys-tarfile "$to"/prometheus_*.deb | tar -xf - -C "$to/bin" --strip-components=3 ./usr/bin/prometheus ./usr/bin/promtool
rm -f "$to"/prometheus_*.deb
touch "$to/complete"
