# shellcheck shell=bash
# Sourced by the scripts beside it, in the repository's folder: puts rustup's cargo first on PATH, also where rustup was
# installed only just now, or an older cargo of the system lies before it; and before that the programs of ci/tools.
if [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
fi
PATH="$PWD/target/tools/bin:$PATH"
