#!/bin/sh
# Installs the clients that internal/clients runs through the proxy, and the
# sqlsmith of internal/canary.
#
#   ensure-clients.sh        drivers and mappers of Python, Ruby, PHP, Java and Node
#   ensure-clients.sh --all  and those that are large: Prisma
#
# Debian's packages with apt-get, as root or with sudo -n; those of npm into
# .cache/clients, with the versions of internal/clients/testdata/*/package-lock.json.
# What cannot be had is named and left out: it never fails, and the tests skip
# what is not there. Silent when nothing is to do.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cache=$root/.cache/clients

say() { printf 'ensure-clients: %s\n' "$*" >&2; }

packages="python3-psycopg2 python3-psycopg python3-asyncpg python3-django python3-sqlalchemy python3-greenlet python3-alembic
	ruby ruby-pg ruby-activerecord ruby-sequel php-cli php-pgsql php-doctrine-orm
	sqlsmith"
# A JDK is larger than all of them, and is used where it is.
if command -v javac >/dev/null; then
	packages="$packages libpostgresql-jdbc-java libhibernate3-java libjavassist-java"
fi

missing() {
	for package in $packages; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || printf '%s ' "$package"
	done
}

install_with_apt() {
	command -v apt-get >/dev/null || { say "no apt-get here: the clients of Debian's packages are left out"; return; }
	wanted=$(missing)
	[ -n "$wanted" ] || return 0
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		sudo -n true 2>/dev/null || { say "apt-get needs root, or sudo without a password: left out: $wanted"; return; }
		as_root="sudo -n"
	fi
	say "installing with apt-get: $wanted"
	log=$(mktemp)
	$as_root apt-get -q update >"$log" 2>&1 || true
	# All at once is quick; one by one gets what there is.
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive $as_root apt-get -qy install --no-install-recommends $wanted >>"$log" 2>&1 ||
		for package in $wanted; do
			DEBIAN_FRONTEND=noninteractive $as_root apt-get -qy install --no-install-recommends "$package" >>"$log" 2>&1 ||
				say "no package $package"
		done
	rm -f "$log"
}

# install_with_npm NAME puts the packages of testdata/NAME into the cache.
install_with_npm() {
	from=$root/internal/clients/testdata/$1 to=$cache/$1
	if cmp -s "$from/package-lock.json" "$to/package-lock.json" && [ -e "$to/complete" ]; then
		return 0
	fi
	for program in node npm; do
		command -v "$program" >/dev/null || { say "no $program here: the clients of testdata/$1 are left out"; return 1; }
	done
	say "installing the npm packages of testdata/$1"
	rm -rf "$to"
	mkdir -p "$to"
	cp "$from"/package.json "$from"/package-lock.json "$to"
	# No scripts: they would fetch programs from elsewhere.
	if ! (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund) >"$to/log" 2>&1; then
		say "npm failed: the clients of testdata/$1 are left out:"
		tail -n 5 "$to/log" >&2
		return 1
	fi
	[ "$1" != prisma ] || generate_prisma || return 1
	touch "$to/complete"
}

# generate_prisma makes Prisma's client. Its engine for migrations, which is not
# on npm, is not run for that, but asked for.
generate_prisma() {
	cp "$root/internal/clients/testdata/prisma/schema.prisma" "$cache/prisma"
	(cd "$cache/prisma" && PRISMA_SCHEMA_ENGINE_BINARY=/bin/true CHECKPOINT_DISABLE=1 node_modules/.bin/prisma generate --schema schema.prisma) >"$cache/prisma/log" 2>&1 ||
		{ say "generating Prisma's client failed:"; tail -n 5 "$cache/prisma/log" >&2; return 1; }
}

install_with_apt
install_with_npm node || true
case "${1:-}" in
--all) install_with_npm prisma || true ;;
"") ;;
*) say "usage: ensure-clients.sh [--all]" ;;
esac
