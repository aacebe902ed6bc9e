# How the demo speaks: steps, results, colour. Colour only on a terminal, and not where NO_COLOR is
# set. Sourced by demo.sh; uses and counts up $failures.

bold='' red='' green='' yellow='' blue='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM:-dumb}" != dumb ]; then
	bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' blue=$'\e[36m'
	dim=$'\e[2m' plain=$'\e[0m'
fi

steps=0

step() { # what
	steps=$((steps + 1))
	printf '\n%s%d. %s%s\n' "$bold" "$steps" "$1" "$plain"
}

good() { # text
	printf '  %sok%s    %s\n' "$green" "$plain" "$1"
}

bad() { # text: a result that makes the demo fail
	failures=$((failures + 1))
	printf '  %sWRONG%s %s\n' "$red" "$plain" "$1"
}

refuse() { # what is wrong, what to do
	printf 'demo: %s; run: %s\n' "$1" "$2" >&2
	exit 2
}

broken() { # what did not work, a file with its words: ends the demo
	printf 'demo: %s\n' "$1" >&2
	[ -z "${2-}" ] || sed 's/^/  /' "$2" >&2
	exit 2
}
