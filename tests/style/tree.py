"""The source tree as the tests of style see it: its files, its modules and their rows."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Lowest first: a module includes only rows below its own.
ROWS = [
    ["base"],
    ["store", "bitmap", "column", "arrow"],
    ["fact"],
    ["match"],
    ["identity"],
    ["profile", "score"],
    ["segment"],
    ["state"],
    ["hub", "insight", "query"],
    ["ingest", "learn", "privacy", "sync"],
]
ROW = {module: row for row, modules in enumerate(ROWS) for module in modules}

# Public headers of a topic that isn't called as the module is whose they are.
TOPICS = {"basket": "learn", "rfm": "learn"}

# These stand above the line: they see what any program outside sees.
OUTSIDE = ["src/cli", "bindings", "examples", "benchmarks"]

C_FOLDERS = ["src", "include", "bindings", "examples", "benchmarks", "tests"]
TOP = ["src", "include", "bindings", "examples", "benchmarks", "tests"]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">]', re.MULTILINE)


def name(path):
    return path.relative_to(ROOT).as_posix()


def files(*folders, suffixes=(".c", ".h")):
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    return sorted(path for path in found if path.is_file())


def includes(path):
    """Each included file as (line, text), quoted or in angle brackets."""
    text = path.read_text(encoding="utf-8")
    return [(text.count("\n", 0, match.start()) + 1, match.group(2)) for match in INCLUDE.finditer(text)]


def show(problems):
    return "\n" + "\n".join(problems)
