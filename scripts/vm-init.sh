#!/bin/busybox sh
# The first process of a machine that scripts/vm.sh boots, in two stages: from the initramfs it mounts
# the root and what belongs on it; then, as `sh init run`, it runs the command inside and powers off.
# Kernel command line: xhop.run the folder of this run, xhop.streams 1 or 2 output streams,
# xhop.kernel the unpacked kernel package; the folders are the host's, seen through the 9p root.

value() { sed -n "s/.* $1=\([^ ]*\).*/\1/p" /proc/cmdline; }

if [ "$1" != run ]; then
	/bin/busybox --install -s /bin
	export PATH=/bin
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mount -t devtmpfs dev /dev
	for module in /modules/*.ko; do
		insmod "$module" || echo "vm-init: cannot load $module" >/dev/console
	done
	# A loose cache is right because nobody in here writes to it; what changes outside
	# while the machine runs may be seen or not.
	mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro root /ro &&
		mount -t tmpfs -o size=75% rw /rw && mkdir /rw/upper /rw/work &&
		mount -t overlay -o lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work root /new || exit 1
	run=$(value xhop.run) kernel=$(value xhop.kernel)
	for fs in proc sys dev; do
		mount --move /$fs /new/$fs || exit 1
	done
	cd /new || exit 1
	mkdir -p dev/pts dev/shm run lib/modules boot
	mount -t devpts -o mode=620,ptmxmode=666 devpts dev/pts
	mount -t tmpfs -o mode=1777 shm dev/shm
	mount -t tmpfs -o mode=755 run run
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount -t bpf -o mode=700 bpf sys/fs/bpf
	mount -t tracefs tracefs sys/kernel/tracing
	mount -t debugfs debugfs sys/kernel/debug
	mkdir run/vm run/vm/host
	# Straight from the 9p mount: these folders may lie where another file system now covers them.
	mount --bind "/ro$run" run/vm/host && mount --bind "/ro$kernel/lib/modules" lib/modules &&
		mount --bind "/ro$kernel/boot" boot || exit 1
	exec switch_root /new /bin/bash /run/vm/host/init run
fi

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /run/vm || exit 1
for port in /sys/class/virtio-ports/*; do
	name=$(cat "$port/name")
	ln -s "/dev/${port##*/}" "${name#xhop.}"
done
for link in fd:/proc/self/fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do
	[ -e "/dev/${link%%:*}" ] || ln -s "${link#*:}" "/dev/${link%%:*}"
done
ip link set lo up
# There is no udev here: the cards of vm.sh -n (virtio device type 1) are the only ones to load a driver for.
grep -qsx 0x0001 /sys/bus/virtio/devices/*/device && modprobe virtio_net
ulimit -n 65536

# Pipes in between, since a port can be opened only once and a command may open /dev/stdout again.
mkfifo out.pipe err.pipe
cat out.pipe >out & out=$!
cat err.pipe >err & err=$!
exec 3>status
read -r up _ </proc/uptime
echo "boot $up" >&3
if [ "$(value xhop.streams)" = 1 ]; then
	: >err.pipe
	setsid -w bash host/command </dev/null >out.pipe 2>&1 3>&-
else
	setsid -w bash host/command </dev/null >out.pipe 2>err.pipe 3>&-
fi
status=$?

# A process that the command left behind may hold a pipe open for ever: two seconds for the rest.
n=0
while [ $n -lt 20 ] && kill -0 $out $err 2>/dev/null; do
	sleep 0.1
	n=$((n + 1))
done
echo "exit $status" >&3
echo o >/proc/sysrq-trigger
sleep 60
