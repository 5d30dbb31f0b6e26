#!/usr/bin/env python3
"""A peer that pip installs, in a folder of its own, which is made when it is first asked for.

    peer_venv.py NAME FOLDER        prints the Python that has it, or says why it isn't to be had
"""

import os
import subprocess
import sys

# What pip is asked for, and what can be imported then.
PEERS = {
    "splink": ("splink>=5,<6", "import duckdb, splink"),
    "duckdb": ("duckdb>=1", "import duckdb"),
    "lifetimes": ("lifetimes>=0.11,<1", "import lifetimes"),
    "mlxtend": ("mlxtend>=0.23,<1", "import mlxtend"),
    "sklearn": ("scikit-learn>=1.3,<2", "import sklearn"),
}


def run(*command):
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def prepare(name, folder):
    """The Python that has it, and None; or None, and why it isn't to be had."""
    requirement, imports = PEERS[name]
    python = os.path.join(folder, "bin", "python")
    if os.path.exists(python) and run(python, "-c", imports)[0]:
        return python, None
    print(f"Installing {requirement} into {folder}", file=sys.stderr, flush=True)
    steps = [
        (sys.executable, "-m", "venv", folder),
        (python, "-m", "pip", "install", "--disable-pip-version-check", "--quiet", requirement),
        (python, "-c", imports),
    ]
    for step in steps:
        worked, output = run(*step)
        if not worked:
            return None, (output.strip().splitlines() or [" ".join(step) + " failed"])[-1]
    return python, None


def main():
    name, folder = sys.argv[1:]
    python, reason = prepare(name, folder)
    if python is None:
        sys.exit(f"{name} is MISSING: it can't be installed into {folder}: {reason}")
    print(python)


if __name__ == "__main__":
    main()
