#!/bin/sh
# Installs the binding with pip into a new virtual environment and opens a store with it.
# Usage: pip_install.sh [python]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${1:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$here/../../bindings/python"
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import kith
import kith.plot

with kith.open("shop.kith", create=True) as store:
    with store.write() as txn:
        txn.put("crm", "1", {"email": "ann@mail.example"}, at="2024-01-15")
    with store.read() as txn:
        assert txn.find("email", "ANN@mail.example", now="2024-06-01").records == [("crm", "1")]
print("pip install: kith", kith.__version__, "from", kith.__file__)
PYTHON
