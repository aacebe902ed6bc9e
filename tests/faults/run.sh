#!/bin/bash
# The proof that the proof can fail: plants one fault at a time in a copy of the source, builds xhop
# there and shows that a test notices. The tree itself is never written to.
#
# faults.bash lists the faults, each with the tests that must catch it; a fault counts as caught
# when one of them says "not ok". Before that all of them must pass with an unchanged copy. A fault
# whose edit changes nothing, or that does not build or load, or whose tests are gone, is stale: a
# failure, for it proves nothing.
#
# Usage: tests/faults/run.sh [--list] [--only PATTERN]   a shell pattern for the fault's name.
# Needs root, and what `make all tests` needs.
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) || exit 2
tree=${here%/tests/faults}
jobs=2       # copies that build and test at once
patience=600 # seconds that a build or a test may take

# --- the list ----------------------------------------------------------------------------------

names=() files=() edits=() catchers=()

# fault NAME FILE EDIT CATCHER...: FILE in bpf/, unless it says another folder; EDIT for `sed -E`. A
# catcher is "prog PATTERN", "maps PATTERN" (prog with the daemon's maps), "diff PATTERN", "net SCRIPT
# TEST", "mirror PATTERN" or "unit PROGRAM"; they are asked in their order.
fault() {
	local file=$2
	[[ $file == */* ]] || file=bpf/$file
	names+=("$1") files+=("$file") edits+=("$3")
	shift 3
	catchers+=("$(printf '%s\n' "$@")")
}

only='*' list=
while [ $# -gt 0 ]; do
	case $1 in
	--list) list=1 ;;
	--only) only=$2 && shift ;;
	*) sed -n '/^# Usage/,/^[^#]/s/^# //p' "$0" >&2 && exit 2 ;;
	esac
	shift
done
. "$here/faults.bash"

chosen=()
for i in "${!names[@]}"; do
	[[ ${names[i]} == $only ]] && chosen+=("$i")
done
if [ -n "$list" ]; then
	for i in "${chosen[@]}"; do
		printf '%-44s %s\n' "${names[i]}" "$(paste -sd';' <<<"${catchers[i]}")"
	done
	exit 0
fi

bail() {
	echo "Bail out! $*"
	exit 1
}
[ ${#chosen[@]} -gt 0 ] || bail "no fault matches $only"
[ "$(id -u)" = 0 ] || bail "needs root, for network namespaces and BPF"

# --- running -----------------------------------------------------------------------------------

tmp=$(mktemp -d) || exit 2
child='' net=''

# In the background, so that a signal is heard at once; timeout hands it to all of the command.
limited() {
	timeout -k 10 "$patience" "$@" </dev/null &
	child=$!
	wait "$child"
	local rc=$?
	child=
	return $rc
}

leave() { # what this process, or worker, started
	if [ -n "$child" ]; then
		kill "$child" 2>/dev/null
		wait "$child" 2>/dev/null
	fi
	net_close
}

net_open() { # NAME: two devices to load programs for
	net=$1
	ip netns add "$net" && ip -n "$net" link add name x1 type veth peer name x2
}

net_close() {
	[ -n "$net" ] || return 0
	[ -x "$xhop" ] && "$xhop" -n "$net" detach all
	ip netns del "$net"
	net=
} >/dev/null 2>&1

loads() { # NAME of a namespace to try in: does the kernel take the program, native and generic?
	local rc
	net_open "$1" && limited "$xhop" -n "$net" attach x1 &&
		limited "$xhop" -n "$net" attach x2 xdp generic &&
		limited "$xhop" -n "$net" detach all
	rc=$?
	net_close
	return $rc
} >"$log" 2>&1

refusal() { sed -n '/^xhop: note:/d; /^xhop: /p' "$log" | head -n 1; }

# The programs of a catcher that have the fault in them, as targets of make.
built_of() { # CATCHER
	case $1 in
	unit*) echo "build/tests/unit/${1#* }" ;;
	mirror*) echo build/tests/mirror/mirror ;;
	esac
}

ask() { # CATCHER: run it against $xhop, its output to $log
	local kind=${1%% *} what=${1#* } built=${xhop%/xhop}
	export XHOP=$xhop CMOCKA_MESSAGE_OUTPUT=TAP XHOP_TRIE_OPS=20000
	cd "$tmp/base" || return
	case $kind in
	prog) limited build/tests/prog/prog "$what" ;;
	maps) limited build/tests/prog/prog --maps "$what" ;;
	diff) limited build/tests/diff/diff --only "$what" ;;
	net) limited bash "tests/net/${what%% *}.sh" "test_${what#* }" ;;
	mirror) limited "$built/tests/mirror/mirror" --only "$what" ;;
	unit) limited "$built/tests/unit/$what" ;;
	esac >"$log" 2>"$log.err"
}

failures() { sed -nE 's/^not ok [0-9]+ - //p' "$log"; }
tests_run() { grep -cE '^(not )?ok ' "$log"; }
tests_skipped() { grep -ciE '^ok .*# *skip' "$log"; }

# --- one fault ---------------------------------------------------------------------------------

# Sets $outcome, without number: "ok - ..." or "not ok - ...".
judge() { # FAULT
	local name=${names[$1]} file=${files[$1]} catcher rc n skipped='' programs=()
	local stale="not ok - $name: stale fault:"

	sed -E -e "${edits[$1]}" "$tmp/base/$file" >"$copy/$file" || return
	if cmp -s "$tmp/base/$file" "$copy/$file"; then
		outcome="$stale its edit changes nothing in $file"
		return
	fi
	mapfile -t programs < <(while read -r catcher; do built_of "$catcher"; done <<<"${catchers[$1]}")
	if ! limited make -s -C "$copy" build/xhop "${programs[@]}" >"$log" 2>&1; then
		outcome="$stale does not build: $(grep -m 1 -E 'error|Error' "$log")"
		return
	fi
	if ! loads "xf$$-${copy##*copy}"; then
		outcome="$stale does not load: $(refusal)"
		return
	fi
	while read -r catcher; do
		ask "$catcher"
		rc=$?
		n=$(failures | wc -l)
		if [ "$n" -gt 0 ]; then
			outcome="ok - $name: caught by ${catcher%% *}, \"$(failures | head -n 1)\""
			[ "$n" -eq 1 ] || outcome+=" and $((n - 1)) more"
			return
		fi
		if [ $rc -ne 0 ]; then
			outcome="$stale $catcher ended with status $rc: $(tail -n 1 "$log.err")"
			return
		fi
		if [ "$(tests_run)" -eq 0 ]; then
			outcome="$stale there is no test $catcher"
			return
		fi
		[ "$(tests_run)" -gt "$(tests_skipped)" ] ||
			skipped=$(sed -nE 's/.*# *SKIP *//Ip' "$log" | head -n 1)
	done <<<"${catchers[$1]}"
	outcome="not ok - $name: nobody noticed"
	[ -z "$skipped" ] || outcome="ok - $name # SKIP $skipped"
}

# --- workers -----------------------------------------------------------------------------------

worker() { # NUMBER
	local i
	trap 'leave; exit 143' TERM
	copy=$tmp/copy$1 log=$tmp/log$1 xhop=$tmp/copy$1/build/xhop
	cp -a "$tmp/base" "$copy" || exit
	for i in "${chosen[@]}"; do
		mkdir "$tmp/taken.$i" 2>/dev/null || continue
		kill -0 $$ 2>/dev/null || break
		outcome="not ok - ${names[i]}: this script failed"
		judge "$i" 2>/dev/null
		cp "$tmp/base/${files[i]}" "$copy/${files[i]}"
		echo "$outcome" >"$tmp/outcome.new$1"
		mv "$tmp/outcome.new$1" "$tmp/outcome.$i"
	done
}

workers=()
finish() {
	trap - EXIT
	[ ${#workers[@]} -eq 0 ] || kill "${workers[@]}" 2>/dev/null
	wait "${workers[@]}" 2>/dev/null
	leave
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The tests must pass before a failure of theirs means anything.
unchanged_passes() {
	local catcher prog
	log=$tmp/log xhop=$tmp/base/build/xhop
	loads "xf$$" || bail "the unchanged program does not load: $(refusal)"
	for i in "${chosen[@]}"; do echo "${catchers[i]}"; done | sort -u >"$tmp/catchers"
	prog=$(sed -n 's/^prog //p' "$tmp/catchers" | paste -sd'|')
	while read -r catcher; do
		ask "$catcher" && [ -z "$(failures)" ] && continue
		bail "with the unchanged program: $catcher: $(failures | head -n 1)" \
			"$(tail -n 1 "$log.err")"
	done < <([ -z "$prog" ] || echo "prog @($prog)"; grep -v '^prog ' "$tmp/catchers")
}

mkdir "$tmp/base"
(cd "$tree" && cp -a Makefile bpf maps user tests "$tmp/base" &&
	{ [ ! -d build ] || cp -a build "$tmp/base"; }) || exit 2
limited make -s -j2 -C "$tmp/base" all tests >"$tmp/log" 2>&1 ||
	bail "the unchanged copy does not build: $(grep -m 1 -E 'error|Error' "$tmp/log")"
unchanged_passes

echo "1..${#chosen[@]}"
for ((w = 0; w < jobs; w++)); do
	worker $w &
	workers+=($!)
done
number=0 caught=0 failed=0
for i in "${chosen[@]}"; do
	until [ -e "$tmp/outcome.$i" ]; do
		[ -n "$(jobs -pr)" ] || break
		sleep 0.2
	done
	outcome="not ok - ${names[i]}: its worker ended"
	[ -e "$tmp/outcome.$i" ] && outcome=$(<"$tmp/outcome.$i")
	echo "${outcome%%ok -*}ok $((++number)) - ${outcome#*ok - }"
	case $outcome in
	"not ok"*) failed=$((failed + 1)) ;;
	*"# SKIP"*) ;;
	*) caught=$((caught + 1)) ;;
	esac
done
echo "# $caught/${#chosen[@]} caught"
[ $failed -eq 0 ]
