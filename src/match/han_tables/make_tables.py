#!/usr/bin/env python3
"""Writes the C tables of Han characters: make_tables.py READINGS VARIANTS OUTPUT

han_tables.h says what they hold. The build runs this; see make_data.py for where the two text files come from.
"""

import pathlib
import sys

FIRST, LAST = 0x4E00, 0x9FFF  # the block that has a direct index


def lines(path):
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            head, characters = line.split(" ")
            yield head, characters


def block(entries):
    values = [entries.get(code, 0) for code in range(FIRST, LAST + 1)]
    rows = [values[i:i + 16] for i in range(0, len(values), 16)]
    return "".join("    " + " ".join(f"{value}," for value in row) + "\n" for row in rows)


def main():
    readings, variants, output = sys.argv[1:]
    entries = {}
    syllables = []
    for number, (syllable, characters) in enumerate(lines(readings), start=1):
        syllables.append(syllable)
        entries.update((ord(character), number) for character in characters)
    assert syllables == sorted(syllables)
    for form, characters in lines(variants):
        assert FIRST <= ord(form) <= LAST
        entries.update((ord(character), ord(form)) for character in characters)
    others = sorted(code for code in entries if not FIRST <= code <= LAST)
    pathlib.Path(output).write_text(
        '#include "src/match/han_tables.h"\n\n'
        f"const uint16_t kithi_han_block[{LAST - FIRST + 1}] = {{\n{block(entries)}}};\n\n"
        "const kithi_han_other kithi_han_others[] = {\n"
        + "".join(f"    {{{code}, {entries[code]}}},\n" for code in others) + "};\n"
        f"const size_t kithi_han_other_count = {len(others)};\n\n"
        "const char kithi_han_syllables[][KITHI_HAN_SYLLABLE_BYTES] = {\n"
        + "".join(f'    "{syllable}",\n' for syllable in syllables) + "};\n"
        f"const size_t kithi_han_syllable_count = {len(syllables)};\n", encoding="ascii")


if __name__ == "__main__":
    main()
