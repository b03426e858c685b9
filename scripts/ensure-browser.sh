#!/bin/sh
# Installs what the tests of HTML pages need: Debian's chromium with apt-get, as
# root or with sudo -n, and axe-core from npm into .cache/browser, with the version of
# internal/browsertest/testdata/browser/package-lock.json.
#
# What cannot be had is named and left out: it never fails, and the tests skip without
# it. Silent when nothing is to do.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
from=$root/internal/browsertest/testdata/browser to=$root/.cache/browser

say() { printf 'ensure-browser: %s\n' "$*" >&2; }

install_chromium() {
	if command -v chromium >/dev/null; then return 0; fi
	command -v apt-get >/dev/null || { say "no apt-get here: chromium is left out"; return 0; }
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		sudo -n true 2>/dev/null || { say "apt-get needs root, or sudo without a password: chromium is left out"; return 0; }
		as_root="sudo -n"
	fi
	say "installing chromium with apt-get"
	log=$(mktemp)
	$as_root apt-get -q update >"$log" 2>&1 || true
	DEBIAN_FRONTEND=noninteractive $as_root apt-get -qy install --no-install-recommends chromium >>"$log" 2>&1 ||
		{ say "installing chromium failed:"; tail -n 5 "$log" >&2; }
	rm -f "$log"
}

install_axe() {
	if cmp -s "$from/package-lock.json" "$to/package-lock.json" && [ -e "$to/complete" ]; then return 0; fi
	command -v npm >/dev/null || { say "no npm here: axe-core is left out"; return 0; }
	say "installing axe-core with npm"
	rm -rf "$to"
	mkdir -p "$to"
	cp "$from/package.json" "$from/package-lock.json" "$to"
	if ! (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund) >"$to/log" 2>&1; then
		say "npm failed: axe-core is left out:"
		tail -n 5 "$to/log" >&2
		return 0
	fi
	touch "$to/complete"
}

install_chromium
install_axe
