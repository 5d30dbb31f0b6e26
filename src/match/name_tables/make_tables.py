#!/usr/bin/env python3
"""Writes the C tables of given names: make_tables.py NICKNAMES GIVEN_NAMES OUTPUT

name_tables.h says what they hold. The build runs this.
"""

import pathlib
import sys

NAME_BYTES = 12  # as name_tables.h has it, with the NUL


def lines(path):
    return [line.split() for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines() if line[:1] != "#"]


def numbers(values):
    rows = [values[i:i + 20] for i in range(0, len(values), 20)]
    return "".join("    " + " ".join(f"{value}," for value in row) + "\n" for row in rows)


def flatten(lists):
    """All lists one after another, and where each begins; the end of the last too."""
    begins = [0]
    for items in lists:
        begins.append(begins[-1] + len(items))
    return [item for items in lists for item in items], begins


def array(name, values):
    return f"const uint16_t {name}[] = {{\n{numbers(values)}}};\n\n"


def main():
    nicknames, given_names, output = sys.argv[1:]
    groups = lines(nicknames)
    names = sorted({name for row in groups + lines(given_names) for name in row})
    assert max(map(len, names)) < NAME_BYTES
    place = {name: at for at, name in enumerate(names)}
    groups_of = [[] for _ in names]
    for number, group in enumerate(groups):
        for name in dict.fromkeys(group):
            groups_of[place[name]].append(number)
    of, of_begins = flatten(groups_of)
    members, member_begins = flatten([[place[name] for name in group] for group in groups])
    text = "".join(f'    "{name}",\n' for name in names)
    pathlib.Path(output).write_text(
        '#include "src/match/name_tables.h"\n\n'
        f"const char kithi_given_names[][KITHI_GIVEN_NAME_BYTES] = {{\n{text}}};\n"
        f"const size_t kithi_given_name_count = {len(names)};\n\n"
        + array("kithi_name_groups", of) + array("kithi_name_group_begins", of_begins)
        + array("kithi_group_names", members) + array("kithi_group_name_begins", member_begins), encoding="utf-8")


main()
