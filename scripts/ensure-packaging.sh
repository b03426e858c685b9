#!/bin/sh
# Installs what the tests of the packages and of the command line need: the programs
# that know what a unit, a manual page or a completion should be. Debian's packages with
# apt-get, as root or with sudo -n.
#
# What cannot be had is named and left out: it never fails, and the tests skip without
# it. Silent when nothing is to do.
set -eu

say() { printf 'ensure-packaging: %s\n' "$*" >&2; }

wanted=
command -v systemd-analyze >/dev/null || wanted="$wanted systemd"
command -v strace >/dev/null || wanted="$wanted strace"
[ -x /usr/sbin/logrotate ] || wanted="$wanted logrotate"
command -v groff >/dev/null || wanted="$wanted groff-base"
command -v dpkg-deb >/dev/null || wanted="$wanted dpkg"
[ -e /usr/share/bash-completion/bash_completion ] || wanted="$wanted bash-completion"
[ -n "$wanted" ] || exit 0

command -v apt-get >/dev/null || { say "no apt-get here: left out:$wanted"; exit 0; }
as_root=
if [ "$(id -u)" -ne 0 ]; then
	sudo -n true 2>/dev/null || { say "apt-get needs root, or sudo without a password: left out:$wanted"; exit 0; }
	as_root="sudo -n"
fi
say "installing with apt-get:$wanted"
log=$(mktemp)
$as_root apt-get -q update >"$log" 2>&1 || true
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get -qy install --no-install-recommends $wanted >>"$log" 2>&1 ||
	{ say "apt-get failed:"; tail -n 5 "$log" >&2; }
rm -f "$log"
