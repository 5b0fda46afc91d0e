#!/bin/sh
# `make run`: an environment if there is none, then the supervisor in place of this shell.
set -eu
cd "$(dirname "$0")/../.."

case ${DATA_DIR:=var} in
/*) ;;
*) DATA_DIR=$(pwd)/$DATA_DIR ;;
esac
mkdir -p "$DATA_DIR/tmp" 2>/dev/null || {
	echo "$DATA_DIR can't be written. Name another directory: DATA_DIR=~/promoter make run" >&2
	exit 1
}

# Everything that is written stays inside DATA_DIR, pip's leavings and bytecode too.
export DATA_DIR TMPDIR="$DATA_DIR/tmp" PYTHONNOUSERSITE=1
unset PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
promoter/local/venv.sh requirements/run.txt
export PYTHONPYCACHEPREFIX="$DATA_DIR/pycache"
exec "$DATA_DIR/venv/bin/python" -m promoter.local.run
