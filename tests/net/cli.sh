#!/bin/bash
# The command line: what is wrong is said in one line and changes nothing; what is right prints
# what scripts can rely on.
. "$(dirname "$0")/lib.sh"

# What could be left behind in r1: ports, programs on devices, maps of the set.
left() {
	ipn r1 -j link show | jq -c '[.[] | [.ifname, .xdp.prog.id]]'
	xh r1 -j show dev | jq -c '[.[] | [.dev, .prog_id]]'
	xh r1 -j show reason | jq -c '[.[].reason]'
}

test_wrong_use_is_refused() {
	local before empty
	lab r1
	attach r1 p1
	ipn r1 tuntap add mode tun name tun0 || true
	empty=$(left)
	before=$empty
	refused 1 nosuch r1 attach nosuch
	refused 1 nosuch r1 attach p2 nosuch
	refused 1 twice r1 attach p2 p2
	refused 1 twice r1 attach p2 dev p2
	refused 1 Ethernet r1 attach lo
	refused 1 Ethernet r1 attach p2 lo
	if ipn r1 link show tun0 >/dev/null 2>&1; then
		refused 1 Ethernet r1 attach tun0
	fi
	refused 1 15 r1 attach p2 aninterfacenamethatistoolong
	refused 1 usage r1 attach
	refused 1 mode r1 attach p2 xdp
	refused 1 fast r1 attach p2 xdp fast
	refused 1 lookup r1 attach p2 lookup
	refused 1 magic r1 attach p2 lookup magic
	refused 1 which r1 attach p2 dev
	refused 1 usage r1 detach
	refused 1 nosuch r1 detach nosuch
	refused 1 "not a port" r1 detach p2
	refused 1 "not a port" r1 detach p1 p2
	refused 1 twice r1 detach p1 p1
	refused 1 frobnicate r1 frobnicate
	refused 1 '""' r1 ""
	refused 1 nonsense r1 show nonsense
	refused 1 nosuch r1 show dev nosuch
	refused 1 "not a port" r1 show dev p2
	refused 1 "p2" r1 show dev p1 p2
	refused 1 watch r1 show dev watch
	for number in 1x x 0 -1 "" " 1" 1.5 0x10 99999999999999999999; do
		refused 1 "\"$number\"" r1 show watch "$number"
		refused 1 "\"$number\"" r1 show dev watch "$number"
	done
	refused 1 -q r1 -q show
	refused 1 --quick r1 --quick show
	refused 1 -x r1 show -x
	equal "what r1 has after all that" "$before" "$(left)"
}

test_no_arguments_help_and_version() {
	local status=0 words command
	words=$("$XHOP" 2>&1 >/dev/null) || status=$?
	equal "exit status of xhop alone" 1 $status
	contains "xhop alone on stderr" Usage "$words"
	for command in "" attach detach show; do
		# shellcheck disable=SC2086
		words=$("$XHOP" $command --help 2>/dev/null)
		contains "xhop $command --help" "Usage: xhop" "$words"
		contains "xhop help $command" "Usage: xhop" "$("$XHOP" help $command)"
	done
	contains "xhop --version" "xhop " "$("$XHOP" --version)"
	status=0
	words=$("$XHOP" -n 2>&1) || status=$?
	equal "exit status of xhop -n" 1 $status
	contains "xhop -n show" "the word behind -n" "$("$XHOP" -n show 2>&1 || true)"
	for command in --help --version "help show"; do
		status=0
		# shellcheck disable=SC2086
		words=$("$XHOP" $command 2>&1 >/dev/full) || status=$?
		equal "exit status of xhop $command to a full disk" 2 $status
		contains "xhop $command to a full disk" "cannot be written" "$words"
	done
}

test_namespace_that_is_none() {
	namespace r1
	local name
	for name in "$PFX-nosuch" /nosuch /dev/null; do
		local status=0 words
		words=$("$XHOP" -n "$name" show 2>&1 >/dev/null) || status=$?
		equal "exit status of xhop -n $name" 1 $status
		equal "lines on stderr ($words)" 1 "$(wc -l <<<"$words")"
		contains "xhop -n $name" "$name" "$words"
	done
}

powerless() { # NAME xhop-arguments...
	in_ns "$1" setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all "$XHOP" "${@:2}"
}

test_missing_rights_are_named() {
	local command status words
	need setpriv
	lab r1
	attach r1 p1
	local before
	before=$(left)
	for command in "attach p2" "attach p1" "detach p1" "detach all" show "show dev"; do
		status=0
		# shellcheck disable=SC2086
		words=$(powerless r1 $command 2>&1 >/dev/null) || status=$?
		equal "exit status of xhop $command ($words)" 2 $status
		equal "lines on stderr ($words)" 1 "$(wc -l <<<"$words")"
		contains "xhop $command" CAP_ "$words"
	done
	status=0
	words=$(setpriv --bounding-set=-all "$XHOP" -n "$PFX-r1" show 2>&1 >/dev/null) || status=$?
	equal "exit status of xhop -n ($words)" 2 $status
	contains "xhop -n" CAP_SYS_ADMIN "$words"
	equal "what r1 has after all that" "$before" "$(left)"
}

has_members() { # what JSON MEMBER...
	local json=$2 missing
	missing=$(jq -n '$ARGS.positional - ($json | keys) | join(" ")' -r \
		--argjson json "$json" --args "${@:3}") || fail "$1 is no JSON: $json"
	equal "members that $1 lacks" "" "$missing"
}

test_json_keeps_its_contract() {
	local option object reasons_text
	lab_warm r1
	has_members "show" "$(xh r1 -j show)" kernel gate lookup lease routes4 routes6 hops stale
	has_members "show status" "$(xh r1 -j show status)" kernel gate lookup lease routes4 \
		routes6 hops stale
	has_members "show dev" "$(xh r1 -j show dev | jq '.[0]')" dev ifindex xdp lookup \
		rx_packets forwarded passed dropped
	has_members "show hop" "$(xh r1 -j show hop | jq '.[0]')" id dev via lladdr state routes \
		packets bytes errors
	has_members "show reason" "$(xh r1 -j show reason | jq '.[0]')" reason verdict packets
	for option in -j -p -js -jp4 -j6; do
		for object in status dev hop reason; do
			[ $object = hop ] || [ "${option%[46]}" = $option ] || continue
			xh r1 $option show $object | jq -e . >"$TMP/json" ||
				fail "xhop $option show $object: no JSON: $(xh r1 $option show $object)"
		done
	done
	equal "gate" open "$(xh r1 -j show | jq -r .gate)"
	equal "ports" 2 "$(xh r1 -j show | jq .ports)"
	equal "state of the next hops" true \
		"$(xh r1 -j show hop | jq 'all(.state | IN("reachable", "stale", "delay", "probe"))')"
	equal "families by -4 and -6" "2 2" \
		"$(xh r1 -j -4 show hop | jq length) $(xh r1 -j -6 show hop | jq length)"
	equal "reasons are named once" true \
		"$(xh r1 -j show reason | jq '(map(.reason) | unique | length) == length')"
	reasons_text=$(xh r1 -s show reason | awk 'NR > 1 { print $1 }')
	equal "words of -s and of -j" "$(xh r1 -j show reason | jq -r '.[].reason')" "$reasons_text"
	sysctls r1 net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	equal "gate without forwarding" closed "$(xh r1 -j show | jq -r .gate)"
}

test_show_without_ports() {
	local object
	namespace r1
	contains "show" "attach" "$(xh r1 show)"
	for object in dev hop; do
		equal "show $object" "" "$(xh r1 show $object)"
		equal "-j show $object" "[]" "$(xh r1 -j show $object)"
	done
	equal "packets" 0 "$(xh r1 -j show reason | jq 'map(.packets) | add')"
	xh r1 detach all || fail "detach all without ports: status $?"
}

test_output_that_goes_nowhere() {
	local object status words
	lab r1
	attach r1 p1
	for object in status dev hop reason; do
		status=0
		words=$(xh r1 -s show $object 2>&1 >/dev/full) || status=$?
		[ $object = hop ] && continue # nothing to print
		equal "exit status of show $object to a full disk ($words)" 2 $status
		equal "lines on stderr ($words)" 1 "$(wc -l <<<"$words")"
		status=0
		words=$(xh r1 -j show $object 2>&1 >/dev/full) || status=$?
		equal "exit status of -j show $object to a full disk ($words)" 2 $status
		{
			sleep 0.3
			status=0
			xh r1 -s show $object 2>"$TMP/words" || status=$?
			echo $status >"$TMP/status"
		} | true
		equal "what show $object to a closed pipe says" "" "$(cat "$TMP/words")"
		equal "exit status of show $object to a closed pipe (SIGPIPE)" 141 "$(cat "$TMP/status")"
	done
}

test_beginnings_of_words() {
	lab r1
	xh r1 at p1 p2 xdp na lookup k 2>/dev/null
	equal "ports" "p1 p2" "$(ports_of r1)"
	equal "xhop sh ho" "$(xh r1 show hop)" "$(xh r1 sh ho)"
	equal "xhop -j sho rea" "$(xh r1 -j show reason | jq length)" "$(xh r1 -j sho rea | jq length)"
	equal "xhop sh de dev p1" p1 "$(xh r1 -j sh de dev p1 | jq -r '.[].dev')"
	xh r1 det p1
	equal "ports" "p2" "$(ports_of r1)"
	xh r1 det all
	refused 1 "xhop" r1 nope
}

test_watch_repeats() {
	namespace r1
	local lines
	timeout 5 "$XHOP" -n "$PFX-r1" -j show dev watch 1 >"$TMP/watch" || true
	lines=$(wc -l <"$TMP/watch")
	[ "$lines" -ge 2 ] || fail "expected several rounds in 5 s, got $lines: $(cat "$TMP/watch")"
}

test_two_at_once_do_not_mix() {
	local i
	lab r1
	for i in 1 2 3; do
		xh r1 attach p1 2>"$TMP/a" & local a=$!
		xh r1 attach p2 2>"$TMP/b" & local b=$!
		wait $a || fail "attach p1: $(cat "$TMP/a")"
		wait $b || fail "attach p2: $(cat "$TMP/b")"
		equal "ports" "p1 p2" "$(ports_of r1)"
		[ $i = 1 ] && warm r1
		xh r1 detach p1 2>"$TMP/a" & a=$!
		xh r1 detach p2 2>"$TMP/b" & b=$!
		wait $a || fail "detach p1: $(cat "$TMP/a")"
		wait $b || fail "detach p2: $(cat "$TMP/b")"
		equal "ports" "" "$(ports_of r1)"
	done
}

run_tests "$@"
