"""The table of a benchmark, as harness.c prints it."""

HEADER = ("question", "kith", "peer", "ratio", "target", "met")


def print_table(title, rows, remarks=(), header=HEADER):
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in (header, *rows)]
    print(f"\n{title}\n")
    print(f"| {lines[0]} |")
    print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    for line in lines[1:]:
        print(f"| {line} |")
    if remarks:
        print("\n" + "\n".join(remarks))
    print(flush=True)
