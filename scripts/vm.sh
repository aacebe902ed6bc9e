#!/bin/bash
# Runs a command as root on a Debian kernel of another version, in a virtual machine under software
# emulation. The machine's root is this system's, read-only, with a tmpfs overlay: what the command
# writes is gone afterwards, and nothing here changes. Kernels are downloaded with apt and unpacked
# into a cache folder, never installed; to get a newer build of a kernel, remove its folder there.
# The machine's side is vm-init.sh.

usage() {
	cat <<END
Usage: scripts/vm.sh [-k 6.1|6.12] [-m MIB] [-t SECONDS] [-n] [-v] [--] COMMAND [ARG...]
  -k  kernel version (6.1)          -m  memory in MiB (2048)
  -t  time limit in seconds (600)   -n  add two virtio network cards, joined by a cable
  -v  kernel log to stderr
COMMAND runs in this directory with this environment, and its exit status becomes this script's, but:
  77   the kernel or a tool cannot be had (callers count a skip)
  124  the time limit was reached
  125  the machine ended without a status, or this script failed
END
}

kernel=6.1 mem=2048 limit=600 cards='' verbose='' updated='' stopped=''
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xhop-vm
here=$(cd "$(dirname "$0")" && pwd) || exit 125

say() { echo "vm: $*" >&2; }
fail() { say "$*"; exit 125; }
skip() { say "SKIP: $*"; exit 77; }

is_number() { [[ $1 =~ ^[1-9][0-9]{0,6}$ ]]; }

while getopts :k:m:t:nvh opt; do
	case $opt in
	k) kernel=$OPTARG ;;
	m) mem=$OPTARG ;;
	t) limit=$OPTARG ;;
	n) cards=yes ;;
	v) verbose=yes ;;
	h) usage; exit 0 ;;
	*) usage >&2; fail "wrong option -$OPTARG" ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { usage >&2; fail "no command to run"; }
[[ $kernel =~ ^[0-9]+\.[0-9]+$ ]] || fail "-k $kernel: not a kernel version such as 6.1"
is_number "$mem" || fail "-m $mem: not a number of MiB"
is_number "$limit" || fail "-t $limit: not a number of seconds"

tmp='' run=''
trap 'rm -rf ${tmp:+"$tmp"} ${run:+"$run"}' EXIT

# --- what has to be here: tools, a kernel, a static busybox -----------------------------------------

apt_update() { # once; an old package list may lack a package or name versions that are gone
	[ -z "$updated" ] && [ "$(id -u)" = 0 ] || return 1
	updated=yes
	say "updating apt's package lists"
	apt-get update -qq >/dev/null 2>&1
}

apt_install() {
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
		--no-install-recommends "$@" >/dev/null 2>&1
}

need_tools() {
	local missing=() tool
	for tool in qemu-system-x86_64:qemu-system-x86 modprobe:kmod cpio:cpio xz:xz-utils; do
		PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || skip "missing, and installing needs root: apt-get install ${missing[*]}"
	say "installing ${missing[*]}"
	apt_install "${missing[@]}" || { apt_update && apt_install "${missing[@]}"; } ||
		skip "apt-get install failed for ${missing[*]}"
}

kernel_package() { # the newest plain (not cloud, not rt) image of this version that apt offers
	apt-cache search --names-only "^linux-image-${kernel//./\\.}\.[0-9].*-amd64\$" | cut -d' ' -f1 |
		grep -vE -- '-(cloud|rt)-amd64$' | sort -V | tail -n 1
}

# unpack PACKAGE DIR: downloads a package and unpacks it; DIR appears only when complete.
unpack() {
	tmp=$(mktemp -d "$cache/unpack.XXXXXX") || fail "cannot write to $cache"
	say "downloading $1 into $cache"
	# apt's own download user cannot write to a private folder.
	(cd "$tmp" && mkdir root && apt-get -qq -o APT::Sandbox::User=root download "$1" >/dev/null 2>&1 &&
		dpkg-deb -x ./*.deb root) &&
		if [ -d "$tmp/root/boot" ]; then index_modules "$tmp/root"; fi &&
		mv "$tmp/root" "$2"
	local rc=$?
	rm -rf "$tmp"
	return $rc
}

index_modules() { # modules.dep is not in the package
	depmod -b "$1" "$(basename "$1"/boot/vmlinuz-* | sed s/^vmlinuz-//)"
}

get_packages() {
	local package
	if [ ! -d "$cache/busybox" ]; then
		unpack busybox-static "$cache/busybox" ||
			{ apt_update && unpack busybox-static "$cache/busybox"; } ||
			skip "apt-get download failed for busybox-static"
	fi
	[ ! -d "$cache/$kernel" ] || return 0
	package=$(kernel_package)
	[ -n "$package" ] || { apt_update; package=$(kernel_package); }
	[ -n "$package" ] || skip "apt offers no package linux-image-$kernel.*-amd64"
	unpack "$package" "$cache/$kernel" ||
		{ apt_update && package=$(kernel_package) && unpack "$package" "$cache/$kernel"; } ||
		skip "apt-get download failed for $package"
}

[ "$(uname -m)" = x86_64 ] || skip "only x86-64 kernels are set up here"
command -v apt-get >/dev/null || skip "no apt-get on this system"
PATH=$PATH:/usr/sbin:/sbin
umask 077
mkdir -p "$cache" || fail "cannot make $cache"
[[ $cache$TMPDIR != *[[:space:],]* ]] || fail "blanks or commas in XDG_CACHE_HOME, HOME or TMPDIR"
exec 9>"$cache/lock" || exit 125
flock 9 || fail "cannot lock $cache"
need_tools
get_packages
exec 9>&-

vmlinuz=$(echo "$cache/$kernel"/boot/vmlinuz-*)
release=${vmlinuz##*/vmlinuz-}
[ -e "$vmlinuz" ] || fail "no kernel in $cache/$kernel: remove that folder and try again"

# --- this run's files: initramfs, command, streams --------------------------------------------------

run=$(mktemp -d "${TMPDIR:-/tmp}/xhop-vm.XXXXXX") || fail "cannot make a temporary folder"

# The modules that lead to the root file system, in the order modprobe would load them; the init
# script inserts them in the order of their names. All others come from /lib/modules later.
make_initramfs() {
	local dir=$run/initramfs n=100 file
	mkdir -p "$dir"/{bin,modules,proc,sys,dev,ro,rw,new} &&
		cp "$cache"/busybox/bin/busybox "$dir/bin/" &&
		cp "$here/vm-init.sh" "$dir/init" && chmod 755 "$dir/init" || return
	for module in virtio_pci virtio_console 9pnet_virtio 9p overlay; do
		modprobe -d "$cache/$kernel" -S "$release" --show-depends "$module" || return
	done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' >"$run/modules"
	while read -r file; do
		n=$((n + 1))
		case $file in
		*.xz) xz -dc "$file" >"$dir/modules/$n.ko" ;;
		*)    cp "$file" "$dir/modules/$n.ko" ;;
		esac || return
	done <"$run/modules"
	(cd "$dir" && find . | cpio --quiet -o -H newc -R 0:0) >"$run/initrd"
}
make_initramfs || fail "cannot make the initramfs for $release"

cp "$here/vm-init.sh" "$run/init" || exit 125
{
	export -p
	printf 'cd %q || exit 125\n' "$PWD"
	echo "exec$(printf ' %q' "$@")"
} >"$run/command"

# One stream for both where the caller has one: two would lose the order of lines.
streams=2
[ /dev/fd/1 -ef /dev/fd/2 ] && streams=1
mkfifo "$run/out" "$run/err" || exit 125
cat "$run/out" & readers=$!
cat "$run/err" >&2 & readers+=" $!"
log=$run/kernel.log
if [ -n "$verbose" ]; then
	mkfifo "$log" || exit 125
	cat "$log" >&2 & readers+=" $!"
fi

[ -n "$verbose" ] && quiet='' || quiet=quiet

port() { # virtio port NAME, written to $run/NAME
	qemu+=(-chardev "file,id=$1,path=$run/$1" -device "virtserialport,chardev=$1,name=xhop.$1")
}

# Without ERMS and FSRM kernel and libc copy and clear by words, not by bytes: each round is emulated.
# shellcheck disable=SC2054 # the commas belong to qemu's options
qemu=(qemu-system-x86_64 -accel tcg,thread=multi,tb-size=512 -cpu max,-erms,-fsrm -smp 2 -m "$mem"
	-nodefaults -no-user-config -display none -no-reboot
	-kernel "$vmlinuz" -initrd "$run/initrd"
	-append "console=ttyS0 panic=-1 tsc=reliable mitigations=off $quiet xhop.run=$run xhop.streams=$streams xhop.kernel=$cache/$kernel"
	-chardev "file,id=log,path=$log" -serial chardev:log
	-fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap
	-device virtio-9p-pci,fsdev=root,mount_tag=root
	-device virtio-serial-pci)
port out
port err
port status
if [ -n "$cards" ]; then
	for n in 1 2; do
		qemu+=(-netdev "hubport,id=n$n,hubid=0" -device "virtio-net-pci,netdev=n$n,mac=02:00:00:00:00:0$n,romfile=")
	done
fi

# --- run it ------------------------------------------------------------------------------------------

what=${*//$'\n'/ }
say "booting Linux $release, 2 CPUs, $mem MiB, software emulation, at most $limit s, for: ${what:0:70}"
start=$SECONDS
# timeout makes a process group of its own, so a Ctrl-C comes here alone; it passes a signal it gets on
# to qemu. If this script dies by a signal nobody can catch, the kernel stops them.
setpriv --pdeathsig TERM timeout -k 5 "$limit" "${qemu[@]}" </dev/null 2>"$run/qemu.err" &
machine=$!
for signal in INT:130 TERM:143 HUP:129; do
	# shellcheck disable=SC2064
	trap "stopped=${signal#*:}; kill $machine 2>/dev/null" "${signal%:*}"
done
wait "$machine"
rc=$?
[ -z "$stopped" ] || wait "$machine"	# the trap cut the first wait short
took=$((SECONDS - start))
# shellcheck disable=SC2086
[ -n "$stopped" ] && kill $readers 2>/dev/null
# shellcheck disable=SC2086
wait $readers 2>/dev/null

boot=$(sed -n 's/^boot //p' "$run/status" 2>/dev/null)
status=$(sed -n 's/^exit //p' "$run/status" 2>/dev/null)
boot=${boot:+ (boot $boot s)}
if [ -n "$stopped" ]; then
	say "stopped by a signal after $took s"
	exit "$stopped"
elif [ -n "$status" ]; then
	say "Linux $release: exit status $status after $took s$boot"
	exit "$status"
elif [ $rc = 124 ] || [ $rc = 137 ]; then
	say "Linux $release: time limit of $limit s reached$boot"
	exit 124
fi
say "Linux $release: the machine ended without a status after $took s$boot"
tail -n 5 "$run/qemu.err" >&2
[ -n "$verbose" ] || tail -n 40 "$log" >&2
exit 125
