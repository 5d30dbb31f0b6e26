#!/usr/bin/env python3
"""Splink on DuckDB over the CSV of generate_persons: train, predict, cluster; one line of JSON.

    pip install splink
    generate_persons --count 100000 --out people.csv
    splink_peer.py people.csv

The settings are those that Splink documents for persons. From its example "Deduplicate 50k rows historical persons":
the blocking rules, the deterministic rules, the random pairs and both training rules. From its FEBRL examples: names
compared apart, and the postcode (its own postcode comparison knows British ones alone). From its library: date of
birth and e-mail. Phone and gender are compared exactly, and phone and e-mail are blocking rules too. As Splink asks, the
values are standardised first: small letters, phones as digits.

City and address are left out, since Splink takes comparisons to be independent, and these repeat what the postcode
says: with them (--all) it unites families, and its F1 is lower.

Reading and standardising the file isn't timed. Of the thresholds the one with the best F1 is told, and only its
clustering is timed: in Splink's favour, since nobody knows it without the truth.
"""

import argparse
import json
import resource
import sys
import time

THRESHOLDS = (0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999)
RULES_RECALL = 0.6  # what the deterministic rules are taken to find, as in Splink's example


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="the CSV of generate_persons")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="12GB", help="DuckDB's memory_limit (default: 12GB)")
    parser.add_argument("--max-pairs", type=float, default=5e6, help="random pairs for u (default: 5e6)")
    parser.add_argument("--seed", type=int, default=None, help="of the random pairs; slower in Splink")
    parser.add_argument("--all", action="store_true", help="compare city and address too")
    parser.add_argument("--clusters", help="write the best clustering there: source, key, cluster")
    return parser.parse_args()


def import_splink():
    try:
        import duckdb
        import splink
        from splink import comparison_library
    except ImportError as missing:
        sys.exit(f"splink_peer: {missing}; pip install splink")
    return duckdb, splink, comparison_library


def load(connection, path):
    """The file as Splink wants it: lower case, NULL where there is nothing."""
    connection.execute(
        """
        CREATE TABLE people AS
        SELECT record_id AS unique_id, source AS source_name, entity_id AS entity, lower(given_name) AS first_name,
               lower(family_name) AS surname, birth_date AS dob, gender, lower(address_line) AS address,
               lower(city) AS city, postcode, lower(email) AS email,
               right(regexp_replace(phone, '[^0-9]', '', 'g'), 10) AS phone
        FROM read_csv(?, header = true, all_varchar = true, nullstr = '')
        """, [path])
    return connection.execute("SELECT count(*) FROM people").fetchall()[0][0]


def comparisons(library, everything):
    chosen = [
        library.NameComparison("first_name"),
        library.NameComparison("surname"),
        library.DateOfBirthComparison("dob", input_is_string=True),
        library.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        library.EmailComparison("email"),
        library.ExactMatch("phone").configure(term_frequency_adjustments=True),
        library.ExactMatch("gender"),
    ]
    if everything:
        chosen += [
            library.ExactMatch("city").configure(term_frequency_adjustments=True),
            library.JaroWinklerAtThresholds("address").configure(term_frequency_adjustments=True),
        ]
    return chosen


def blocking_rules(block_on):
    return [
        block_on("first_name", "surname"),
        block_on("surname", "dob"),
        block_on("first_name", "dob"),
        block_on("postcode", "first_name"),
        block_on("postcode", "surname"),
        block_on("dob", "city"),
        block_on("substr(postcode,1,3)", "dob"),
        block_on("substr(postcode,1,3)", "first_name", "substr(surname,1,1)"),
        block_on("substr(postcode,1,3)", "surname", "substr(first_name,1,1)"),
        block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        block_on("email"),
        block_on("phone"),
    ]


DETERMINISTIC = [
    "l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob",
    "substr(l.first_name,1,2) = substr(r.first_name,1,2) and l.surname = r.surname "
    "and substr(l.postcode,1,2) = substr(r.postcode,1,2) and l.dob = r.dob",
    "l.dob = r.dob and l.postcode = r.postcode and l.first_name = r.first_name",
]


class Stages:
    """Seconds by stage, in order."""

    def __init__(self):
        self.seconds = {}

    def run(self, name, work):
        started = time.monotonic()
        result = work()
        self.seconds[name] = round(time.monotonic() - started, 3)
        return result


def train(linker, block_on, arguments):
    training = linker.training
    training.estimate_probability_two_random_records_match(DETERMINISTIC, recall=RULES_RECALL)
    training.estimate_u_using_random_sampling(max_pairs=arguments.max_pairs, seed=arguments.seed)
    for rule in (block_on("first_name", "surname"), block_on("dob")):
        training.estimate_parameters_using_expectation_maximisation(rule)


def pairs_of(connection, sizes):
    """n(n - 1)/2 over the groups that a query counts."""
    return int(connection.execute(f"SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM ({sizes})").fetchall()[0][0])


def figures(connection, clusters):
    """Pairwise precision and recall against the truth."""
    true = pairs_of(connection, "SELECT count(*)::HUGEINT AS n FROM people GROUP BY entity")
    found = pairs_of(connection, f"SELECT count(*)::HUGEINT AS n FROM {clusters} GROUP BY cluster_id")
    right = pairs_of(
        connection, f"SELECT count(*)::HUGEINT AS n FROM {clusters} AS c JOIN people AS p USING (unique_id) "
        "GROUP BY c.cluster_id, p.entity")
    precision = right / found if found else 0.0
    recall = right / true if true else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def cluster_best(connection, linker, predicted):
    """The clustering with the best F1 and its seconds, and the F1 of each threshold."""
    best, curve = None, {}
    for threshold in THRESHOLDS:
        started = time.monotonic()
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predicted, threshold_match_probability=threshold)
        seconds = time.monotonic() - started
        told = dict(figures(connection, clusters.physical_name), threshold=threshold, seconds=round(seconds, 3))
        curve[str(threshold)] = told["f1"]
        if best is None or told["f1"] > best["f1"]:
            best = dict(told, table=clusters.physical_name)
    return best, curve


def write_clusters(connection, clusters, path):
    connection.execute(
        f"""
        COPY (SELECT p.source_name AS source, unique_id AS key, c.cluster_id AS cluster
              FROM {clusters} AS c JOIN people AS p USING (unique_id))
        TO '{path.replace("'", "''")}' (HEADER, DELIMITER ',')
        """)


def blocked_recall(connection, predicted):
    """Of the true pairs, those that the blocking rules brought to be compared and that passed the least threshold."""
    true = pairs_of(connection, "SELECT count(*)::HUGEINT AS n FROM people GROUP BY entity")
    found = connection.execute(
        f"SELECT count(*) FROM {predicted} AS e JOIN people AS l ON l.unique_id = e.unique_id_l "
        "JOIN people AS r ON r.unique_id = e.unique_id_r WHERE l.entity = r.entity").fetchall()[0][0]
    return round(found / true, 4) if true else 0.0


def main():
    arguments = read_arguments()
    duckdb, splink, library = import_splink()
    connection = duckdb.connect()
    connection.execute(f"SET threads = {arguments.threads}")
    connection.execute(f"SET memory_limit = '{arguments.memory}'")
    connection.execute("SET enable_progress_bar = false")
    records = load(connection, arguments.file)
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons(library, arguments.all),
        blocking_rules_to_generate_predictions=blocking_rules(splink.block_on))
    api = splink.DuckDBAPI(connection)
    linker = splink.Linker(api.register("people"), settings, log_level=None)
    stages = Stages()
    stages.run("train", lambda: train(linker, splink.block_on, arguments))
    predicted = stages.run("predict", lambda: linker.inference.predict(threshold_match_probability=min(THRESHOLDS)))
    best, curve = cluster_best(connection, linker, predicted)
    stages.seconds["cluster"] = best.pop("seconds")
    clusters = best.pop("table")
    if arguments.clusters:
        write_clusters(connection, clusters, arguments.clusters)
    pairs = connection.execute(f"SELECT count(*) FROM {predicted.physical_name}").fetchall()[0][0]
    print(json.dumps({
        "peer": f"Splink {splink.__version__} on DuckDB {duckdb.__version__}",
        "records": records,
        "threads": arguments.threads,
        "seconds": round(sum(stages.seconds.values()), 3),
        "stages": stages.seconds,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "pairs": pairs,
        "pair_recall": blocked_recall(connection, predicted.physical_name),
        **best,
        "f1_by_threshold": curve,
    }))


if __name__ == "__main__":
    main()
