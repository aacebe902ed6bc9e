#!/bin/sh
# Installs the Debian packages that xhop, its demo and its tests need and that are missing.
# Says what it does, does nothing when all is there. Exit 0 done, 2 refused by the system.
# Usage: scripts/setup.sh [bench]   bench: also what draws the benchmark's pictures
set -eu

build="gcc make pkg-config clang llvm bpftool libbpf-dev libxdp-dev libmnl-dev libjansson-dev
 libcap-ng-dev libevent-dev libelf-dev zlib1g-dev"
run="iproute2 ethtool iputils-ping iputils-tracepath iputils-arping traceroute iperf3 socat
 nftables iptables jq tcpdump xdp-tools procps util-linux"
tests="libcmocka-dev libpcap-dev libclang-rt-dev clang-format scdoc man-db"
pictures="gnuplot-nox"

packages=$(echo $build $run $tests)
[ "${1:-}" != bench ] || packages="$packages $pictures"

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
	echo "setup: no apt-get on this system; install what corresponds to these Debian packages:" >&2
	echo $packages | fmt -w 76 | sed 's/^/  /' >&2
	exit 2
fi

missing=
for p in $packages; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "setup: these Debian packages are missing and installing them needs root:$missing" >&2
	echo "setup: run: sudo scripts/setup.sh ${1:-}" >&2
	exit 2
fi

echo "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
# An old package list may name versions that are gone: fetch it only when packages are missing.
apt-get update -qq || echo "setup: apt-get update failed, going on with the lists that are here" >&2
if ! apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
	echo "setup: apt-get install failed for:$missing" >&2
	exit 2
fi
echo "setup: done"
