#!/bin/sh
# Makes DATA_DIR/venv and installs a lock file into it: `venv.sh requirements/run.txt`.
# Quick and without the network when the environment holds exactly that lock already.
# Uses $PYTHON, or the newest Python on the PATH that is new enough.
set -eu

lock=$1
venv=$DATA_DIR/venv
installed=$venv/installed-$(basename "$lock")

usable() {
	command -v "$1" >/dev/null 2>&1 &&
		"$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

refuse() {
	echo "$1" >&2
	exit 1
}

find_python() {
	if [ -n "${PYTHON:-}" ]; then
		usable "$PYTHON" && echo "$PYTHON" && return
		refuse "Promoter needs Python 3.11 or newer; PYTHON=$PYTHON is not one."
	fi
	for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do
		usable "$candidate" && echo "$candidate" && return
	done
	refuse "Promoter needs Python 3.11 or newer and found none on the PATH. Install one, or name it: PYTHON=/path/to/python3.12 make run"
}

# The environment is of no use when the Python it was made with has gone.
"$venv/bin/python" -c '' 2>/dev/null && cmp -s "$lock" "$installed" && exit

python=$(find_python)
"$venv/bin/python" -c '' 2>/dev/null || rm -rf "$venv"
# Python's own pip, where it has one, spares making another: half of the time.
if "$python" -c 'import pip, venv' 2>/dev/null; then
	[ -d "$venv" ] || "$python" -m venv --without-pip "$venv"
	pip() { "$python" -m pip --python "$venv/bin/python" "$@"; }
elif "$python" -c 'import ensurepip, venv' 2>/dev/null; then
	"$venv/bin/python" -c 'import pip' 2>/dev/null || "$python" -m venv "$venv"
	pip() { "$venv/bin/python" -m pip "$@"; }
else
	refuse "This $("$python" -V) comes without venv and pip. Install them (on Debian and Ubuntu: apt install python3-venv), or name another Python: PYTHON=/path/to/python3.12 make run"
fi

echo "Installing what $lock names into $venv. This happens once and takes up to a minute."
# The lock is complete: nothing to resolve. What is imported is compiled when it is.
pip install -qq --no-deps --no-compile --no-cache-dir --no-input \
	--disable-pip-version-check --require-hashes -r "$lock" ||
	refuse "The packages could not be installed; the reason stands above. Is there a connection to a package index?"
cp "$lock" "$installed"
