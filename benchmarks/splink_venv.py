"""Splink in a folder of its own, which is made when it is first asked for."""

import os
import subprocess
import sys

REQUIREMENT = "splink>=5,<6"
IMPORTS = "import duckdb, splink"


def run(*command):
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def prepare(folder):
    """The Python that has Splink, and None; or None, and why it isn't to be had."""
    python = os.path.join(folder, "bin", "python")
    if os.path.exists(python) and run(python, "-c", IMPORTS)[0]:
        return python, None
    print(f"Installing {REQUIREMENT} into {folder}", file=sys.stderr, flush=True)
    steps = [
        (sys.executable, "-m", "venv", folder),
        (python, "-m", "pip", "install", "--disable-pip-version-check", "--quiet", REQUIREMENT),
        (python, "-c", IMPORTS),
    ]
    for step in steps:
        worked, output = run(*step)
        if not worked:
            return None, (output.strip().splitlines() or [" ".join(step) + " failed"])[-1]
    return python, None
