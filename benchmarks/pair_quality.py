"""How good a clustering is, by pairs: a CSV of clusters beside a CSV of the truth.

Both have a header and three columns: source, key, and the cluster or the person that the record belongs to.
"""

import collections
import csv


class Quality(collections.namedtuple("Quality", "true found right")):
    """Pairs of records: of one person, of one cluster, of both."""

    @property
    def precision(self):
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self):
        return self.right / self.true if self.true else 0.0

    @property
    def f1(self):
        return 2 * self.precision * self.recall / (self.precision + self.recall) if self.right else 0.0


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        for source, key, group in rows:
            yield f"{source}\0{key}", group


def pair_count(sizes):
    return sum(size * (size - 1) // 2 for size in sizes)


def measure(clusters_path, truth_path):
    """Each record of the truth counts; one that no cluster has is alone."""
    persons, clusters = {}, {}
    person_of = {record: persons.setdefault(person, len(persons)) for record, person in rows_of(truth_path)}
    found, right = collections.Counter(), collections.Counter()
    for record, cluster in rows_of(clusters_path):
        number = clusters.setdefault(cluster, len(clusters))
        found[number] += 1
        right[number * len(persons) + person_of[record]] += 1
    return Quality(
        true=pair_count(collections.Counter(person_of.values()).values()),
        found=pair_count(found.values()),
        right=pair_count(right.values()))
