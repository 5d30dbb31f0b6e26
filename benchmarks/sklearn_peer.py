#!/usr/bin/env python3
"""scikit-learn's k-means or logistic regression over a matrix of doubles, row by row, in a file: one line of JSON.

    pip install scikit-learn
    sklearn_peer.py kmeans matrix --columns 3 --clusters 5
    sklearn_peer.py logistic matrix --columns 20 --happened happened --folds 5

`matrix` is scaled already; `happened` has a byte for each row. Processor time is told, without reading files. Who
starts this sets OMP_NUM_THREADS and the like for one thread.
"""

import argparse
import json
import time

import numpy
from sklearn import __version__ as version
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

RESTARTS, RANDOM_STATE = 10, 1


def cluster(matrix, arguments):
    model = KMeans(n_clusters=arguments.clusters, n_init=RESTARTS, algorithm="lloyd", random_state=RANDOM_STATE)
    model.fit(matrix)
    return {"inertia": float(model.inertia_)}


def learn(matrix, arguments):
    """From all, and how well it foretells a fold from the others."""
    happened = numpy.fromfile(arguments.happened, dtype=numpy.uint8)
    LogisticRegression().fit(matrix, happened)
    folds = StratifiedKFold(arguments.folds, shuffle=True, random_state=RANDOM_STATE)
    areas = []
    for others, fold in folds.split(matrix, happened):
        model = LogisticRegression().fit(matrix[others], happened[others])
        areas.append(roc_auc_score(happened[fold], model.decision_function(matrix[fold])))
    return {"auc": float(numpy.mean(areas))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("kmeans", "logistic"))
    parser.add_argument("file")
    parser.add_argument("--columns", type=int, required=True)
    parser.add_argument("--clusters", type=int, default=5)
    parser.add_argument("--happened")
    parser.add_argument("--folds", type=int, default=5)
    arguments = parser.parse_args()
    matrix = numpy.fromfile(arguments.file).reshape(-1, arguments.columns)
    begun = time.process_time()
    told = cluster(matrix, arguments) if arguments.what == "kmeans" else learn(matrix, arguments)
    print(json.dumps({"peer": f"scikit-learn {version}", "seconds": time.process_time() - begun, **told}))


if __name__ == "__main__":
    main()
