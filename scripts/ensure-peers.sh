#!/bin/sh
# Installs what `make bench-peers` measures the proxy against: PgBouncer, HAProxy,
# and pgbench to load them with. Debian's packages with apt-get, as root or with
# sudo -n, without starting their services. Silent when nothing is to do.
set -eu

say() { printf 'ensure-peers: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

has() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]; }

wanted=
has pgbouncer || wanted="$wanted pgbouncer"
has haproxy || wanted="$wanted haproxy"
has pgbench || ls /usr/lib/postgresql/*/bin/pgbench >/dev/null 2>&1 || wanted="$wanted postgresql-contrib"
[ -n "$wanted" ] || exit 0

command -v apt-get >/dev/null || die "no apt-get here: install$wanted"
as_root=
if [ "$(id -u)" -ne 0 ]; then
	sudo -n true 2>/dev/null || die "apt-get needs root, or sudo without a password: install$wanted"
	as_root="sudo -n"
fi
say "installing with apt-get:$wanted"
log=$(mktemp)
# Debian starts a service when its package is installed, unless a policy says no.
# shellcheck disable=SC2086
if ! DEBIAN_FRONTEND=noninteractive $as_root sh -ec '
	policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		printf "#!/bin/sh\nexit 101\n" >"$policy"
		chmod 755 "$policy"
		trap "rm -f $policy" EXIT
	fi
	apt-get -q update || true
	apt-get -qy install --no-install-recommends "$@"' sh $wanted >"$log" 2>&1; then
	tail -n 5 "$log" >&2
	rm -f "$log"
	die "apt-get failed"
fi
rm -f "$log"
