"""Finding customers that share no key: match, measure, explain, review, search. Open it as a notebook, or run it.

Each part between two "# %%" is a cell in VS Code, Spyder, PyCharm and Jupytext. As a script:

    python find_customers.py            # prints
    python find_customers.py --plot     # and draws model.png, curve.png and pair.png, which needs matplotlib
"""

# %% Three systems that know the same people
# CRM customers, a reference list and a watch list: 159 records of examples/data, each file with columns of its own.
# Nothing is configured; a store is one file.
import sys
import tempfile
from pathlib import Path

import kith

DATA = Path(__file__).resolve().parent / "data"
NOW = "2024-06-01"
PLOT = "--plot" in sys.argv[1:]

folder = tempfile.TemporaryDirectory()
store = kith.open(Path(folder.name) / "shop.kith", create=True)
for name in ("customers", "reference", "watchlist"):
    report = store.import_file(DATA / f"{name}.csv", name.upper(), now=NOW)
    print(f"{name}: {report['added_count']} records")


# %% What shared identifiers find
# E-mail addresses, phones and numbers of documents link at once. Against the truth, that misses more than half of
# the pairs: most people left no identifier that two systems have.
def show_quality(title, evaluation):
    quality = evaluation["pairwise"]
    print(f"{title}: {evaluation['profile_count']} customers; precision {quality['precision']:.3f}, "
          f"recall {quality['recall']:.3f}, F1 {quality['f1']:.3f}")


show_quality("by identifiers", store.evaluate(DATA / "truth.csv"))

# %% Resolve: what likely is one person
# It learns from the records themselves how much each agreement says, compares all that have something in common, and
# links. No labels, no settings. From now on each write is compared in the same way.
done = store.resolve(now=NOW)
print(f"{done['compared_count']} pairs compared, {done['scored_count']} kept, match model {done['model_version']}")
evaluation = store.evaluate(DATA / "truth.csv")
show_quality("with scored links", evaluation)

# %% What it learnt
# How much each level of each comparison says, in bits: one bit doubles the odds. A model is a definition: versioned,
# and export_model() gives it as JSON that resolve(model=...) puts in force in any store.
with store.read() as txn:
    model = txn.model()
for comparison in model["comparisons"]:
    if comparison["seen"]:
        levels = comparison["levels"]
        print(f"{comparison['name']:>15} {levels[-1]['name']} {levels[-1]['bits']:+.1f}, "
              f"{levels[1]['name']} {levels[1]['bits']:+.1f}")
if PLOT:
    import kith.plot

    kith.plot.weights(model).figure.savefig("model.png", dpi=150)

# %% What other thresholds would have found, each pair for itself
print(f"{'bits':>6} {'pairs':>6} {'precision':>10} {'recall':>7} {'F1':>6}")
for point in evaluation["curve"][::2]:
    quality = point["quality"]
    print(f"{point['threshold_bits']:6.1f} {point['pair_count']:6} {quality['precision']:10.3f} "
          f"{quality['recall']:7.3f} {quality['f1']:6.3f}")
print(f"the model links from {evaluation['link_at_bits']:.1f} bits on")
if PLOT:
    kith.plot.curve(evaluation).figure.savefig("curve.png", dpi=150)

# %% Why are these two one person? In bits
# One bit doubles the odds. The prior says how rare it is that two records are one person.
txn = store.read()
pair = txn.pair(("CUSTOMERS", "1001"), ("CUSTOMERS", "1003"))
rival = pair["rival"]
print(f"{'prior':>12} {pair['prior'][rival]:+6.2f}")
for comparison in pair["comparisons"]:
    if comparison["level"] > 0:
        bits = comparison["bits"][rival] + (comparison["frequency_bits"] if rival == "stranger" else 0)
        print(f"{comparison['name']:>12} {bits:+6.2f}  {comparison['level_name']}: "
              f"{comparison['value_a']} / {comparison['value_b']}")
print(f"{'sum':>12} {pair['bits']:+6.2f}  a link needs {pair['link_at']:+.2f}")
if PLOT:
    kith.plot.waterfall(pair).figure.savefig("pair.png", dpi=150)

# %% What holds a customer together?
# Each link is left out in turn, the weakest first, until the customer falls apart.
blame = txn.blame(("CUSTOMERS", "1009"))
link, sizes = blame["link"], " and ".join(str(len(part)) for part in blame["parts"])
if link is None:
    print(f"no single link holds the {sizes} records together")
else:
    said = f"{link['bits']:.1f} bits" if link["type"] == "score" else f"{link['type']} {link['value']}"
    print(f"without the link of {' '.join(link['a'])} and {' '.join(link['b'])} ({said}) it falls into {sizes} records")

# %% The review queue: what a person should decide on
# Pairs between surely two and surely one, and links that a rule refused, the likeliest first. `suggest` puts those
# first whose decision would teach most.
review = txn.review(limit=5)
print(f"{review['waiting_count']} pairs wait; the first {len(review['pairs'])}:")
for waiting in review["pairs"]:
    reason = waiting["reason"] + (f" ({waiting['rule']})" if waiting["rule"] else "")
    print(f"  {waiting['bits']:+5.1f}  {' '.join(waiting['a'])} – {' '.join(waiting['b'])}: {reason}")
txn.abort()

# %% Decide one of them
# Robbie and Robert Smith live in one street and are two persons. A decision is a fact: it holds against all later
# imports and models.
first = review["pairs"][0]
with store.write() as decision:
    decision.unlink(first["a"], first["b"], by="kim", at=NOW)
with store.read() as txn:
    print(f"after one decision {txn.review(limit=0)['waiting_count']} wait")

# %% Search: who is most like what is known?
with store.read() as txn:
    found = txn.search({"given_name": "Robert", "family_name": "Smiht", "birth_date": "1978-12-11"}, limit=3)
    for hit in found["hits"]:
        customer = txn.get(hit["id"], now=NOW)
        print(f"  {hit['bits']:+5.1f}  {customer.value('given_name')} {customer.value('family_name')}, "
              f"records: {customer.record_count}{', likely' if hit['likely'] else ''}")

# %% Audit: how good is it on this data, when no truth is known?
# Copies of the records are corrupted in memory; how many would find their way back?
audit = store.audit()
print(f"{audit['all']['copy_count']} copies: recall {audit['all']['quality']['recall']:.2f}, "
      f"precision {audit['all']['quality']['precision']:.2f}")
for error in audit["errors"]:
    print(f"  {error['name']:26} {error['found_count']:3} of {error['copy_count']:3} found")

# %% The end
store.close()
folder.cleanup()
