"""What every file of the tree keeps: layout, size of functions, names, nothing unfinished; and every test is run."""

import collections
import re
import shutil
import subprocess

import pytest
from tree import C_FOLDERS, ROOT, TOP, files, includes, name, show

FUNCTION_MAX_LINES = 70

# A parser's switch may be longer: "file: function".
LONG_FUNCTIONS = set()

# Variables of the whole process, each with its reason: "file: name".
PROCESS_STATE = set()

FORMATTER_VERSION = "14"


def formatter():
    for program in ("clang-format-" + FORMATTER_VERSION, "clang-format"):
        if shutil.which(program):
            shown = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
            if re.search(rf"version {FORMATTER_VERSION}\.", shown):
                return program
    return None


def test_layout():
    program = formatter()
    if program is None:
        pytest.skip(f"SKIPPED: there is no clang-format {FORMATTER_VERSION}, whose layout is the tree's")
    problems = []
    for path in files(*C_FOLDERS):
        done = subprocess.run(
            [program, "--style=file", "--dry-run", "--Werror", str(path)], capture_output=True, text=True)
        if done.returncode != 0:
            problems.append(f"{name(path)}: {done.stderr.count('error:')} places; run ./dev format")
    assert not problems, show(problems)


def functions(path):
    """Each function's name, first line, and number of lines, its signature and braces included."""
    begin = None
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if begin is None and re.match(r"[A-Za-z_]", line) and not re.match(r"(typedef|extern)\b", line):
            begin = number
        if begin is not None and line.rstrip().endswith(";") and not any("{" in text for text in lines[begin - 1:number]):
            begin = None
        elif begin is not None and re.match(r"\}", line):
            head = " ".join(lines[begin - 1:number]).split("{")[0]
            if "(" in head and "=" not in head:
                found = re.search(r"(\w+)\s*\(", head)
                yield found.group(1), begin, number - begin + 1
            begin = None


def test_functions_fit_a_screen():
    count = 0
    problems = []
    for path in files(*C_FOLDERS, suffixes=(".c", ".h")):
        for function, begin, size in functions(path):
            count += 1
            # The main of a test program is its list of tests.
            is_list = function == "main" and name(path).startswith("tests/")
            if size > FUNCTION_MAX_LINES and not is_list and f"{name(path)}: {function}" not in LONG_FUNCTIONS:
                problems.append(f"{name(path)}:{begin} {function} has {size} lines")
    assert count > 500, "the functions were not found"
    assert not problems, show(problems)


def test_listed_long_functions_are_long():
    known = {
        f"{name(path)}: {function}"
        for path in files(*C_FOLDERS) for function, _, size in functions(path) if size > FUNCTION_MAX_LINES
    }
    assert LONG_FUNCTIONS <= known, f"no longer long: {sorted(LONG_FUNCTIONS - known)}"


def test_file_names_are_unique():
    where = collections.defaultdict(list)
    for path in files("src"):
        where[path.name].append(name(path))
    doubles = [names for names in where.values() if len(names) > 1]
    assert doubles == []


def test_nothing_is_unfinished():
    # In pieces, so that this file keeps the rule too.
    marks = re.compile(
        r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK|TB" r"D)\b|not (yet )?implemen" r"ted|unimplemen" r"ted", re.IGNORECASE)
    wanted = (".c", ".h", ".py", ".pyi", ".lua", ".sh", ".md", ".build")
    problems = []
    paths = files(*TOP, suffixes=wanted)
    paths += [path for path in (ROOT / "dev", ROOT / "README.md", ROOT / ".ci/run") if path.is_file()]
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if marks.search(line):
                problems.append(f"{name(path)}:{number} {line.strip()}")
    assert not problems, show(problems)


def test_headers_are_guarded():
    problems = []
    for path in files("src", "include", "benchmarks", "tests", suffixes=(".h",)):
        text = path.read_text(encoding="utf-8")
        guard = re.search(r"^#ifndef (\w+_H)\n#define \1$", text, re.MULTILINE)
        if guard is None and "#pragma once" not in text:
            problems.append(f"{name(path)}: no guard")
        elif guard is not None and guard.group(1) != re.sub(r"\W", "_", path.stem).upper() + "_H" \
                and not guard.group(1).endswith("_" + re.sub(r"\W", "_", path.stem).upper() + "_H"):
            problems.append(f"{name(path)}: the guard {guard.group(1)} is another file's")
    assert not problems, show(problems)


def test_public_structs_can_grow():
    """Each begins with its size, or says that it never changes; nothing follows an array, which may grow."""
    struct = re.compile(r"(/\*\*(?:(?!\*/).)*\*/\n)?typedef struct (\w+) \{\n(.*?)^\} \2;$", re.MULTILINE | re.DOTALL)
    problems = []
    found = 0
    for path in files("include", suffixes=(".h",)):
        for said, title, body in struct.findall(path.read_text(encoding="utf-8")):
            found += 1
            members = [line.strip() for line in body.splitlines() if re.match(r" {4}\w.*;", line)]
            if members[0] != "size_t size;" and not re.search(r"never\s+(\*\s+)?changes", said):
                problems.append(f"{name(path)}: {title} has no size")
            if any("[" in member.split(";")[0] for member in members[:-1]):
                problems.append(f"{name(path)}: {title} has an array before its end")
    assert found > 20, "the structs were not found"
    assert not problems, show(problems)


def test_no_state_outside_a_handle():
    """What the library can write and the whole process shares: the register of environments, and what is listed."""
    library = [path for path in files("src", suffixes=(".c",)) if not name(path).startswith("src/cli/")]
    words = r"(?!const\b|inline\b|typedef\b|extern\b|struct \w+;|enum\b|union\b|return\b)"
    variable = re.compile(rf"(static )?{words}[a-z][\w ]*[ *]+(\w+)(\[[^\]]*\])*( = .*)?[;{{]$")
    problems = []
    for path in library:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if re.search(r"\b(_Thread_local|__thread|thread_local)\b", line):
                problems.append(f"{name(path)}:{number} {line.strip()}")
            found = variable.match(line)
            if found and not re.search(r"\bconst\b", line) and name(path) != "src/store/env.c" \
                    and f"{name(path)}: {found.group(2)}" not in PROCESS_STATE:
                problems.append(f"{name(path)}:{number} {line.strip()}")
    assert not problems, show(problems)


@pytest.mark.parametrize("folder", ["unit", "property", "fault", "crash", "data", "fuzz", "lua"])
def test_every_test_is_run(folder):
    """A file of tests that no meson.build names would never fail."""
    here = ROOT / "tests" / folder
    build = (here / "meson.build").read_text(encoding="utf-8")
    words = set(re.findall(r"[\w.]+", build))
    missing = []
    for path in sorted([*here.glob("test_*"), *here.glob("fuzz_*.c")]):
        stem = path.stem.removeprefix("test_").removeprefix("fuzz_")
        if not words & {stem, path.stem, path.name}:
            missing.append(name(path))
    assert not missing, f"not in tests/{folder}/meson.build: {missing}"


def test_every_fuzz_target_has_a_corpus():
    corpus = ROOT / "tests/fuzz/corpus"
    missing = [
        path.name for path in sorted((ROOT / "tests/fuzz").glob("fuzz_*.c"))
        if not any((corpus / path.stem.removeprefix("fuzz_")).glob("*"))
    ]
    assert missing == []


def test_includes_of_ours_exist():
    problems = []
    for path in files("src", "tests"):
        for line, included in includes(path):
            if re.match(r"(src|tests)/", included) and not (ROOT / included).is_file():
                problems.append(f"{name(path)}:{line} includes {included}, which is not there")
    assert not problems, show(problems)


def test_no_other_top_level_folders():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("SKIPPED: this is no git checkout, or there is no git")
    # A checkout of somebody else's is no reason to fail.
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    folders = {line.split("/")[0] for line in listed.splitlines() if "/" in line}
    assert folders <= {".ci", "benchmarks", "bindings", "examples", "include", "src", "tests"}
