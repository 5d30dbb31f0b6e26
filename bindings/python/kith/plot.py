"""Pictures of what kith weighed: a pair as a waterfall of bits, what each threshold would find, what a model learnt; and
of its scores: how one of a customer moved over time, how well what was foretold came true, and what all are worth.

    import kith.plot

    kith.plot.waterfall(txn.pair(("crm", "1042"), ("shop", "77"))).figure.savefig("pair.png")
    kith.plot.curve(store.evaluate("truth.csv")).figure.savefig("curve.png")
    kith.plot.weights(txn.model()).figure.savefig("model.png")
    kith.plot.score_history(store, ("crm", "1042"), "repeat.alive", "2023-01-01", "2024-01-01").figure.savefig("alive.png")
    kith.plot.calibration(store.fit_score("churn", now)).figure.savefig("calibration.png")
    kith.plot.rfm_grid(txn.rfm(now)).figure.savefig("rfm.png")

All draw into the axes they are given, or into a figure of their own, and return the axes. They need matplotlib, which
kith itself doesn't: it is looked for when something is drawn.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple, Optional, Union

if TYPE_CHECKING:
    from kith import Profile, Store, Transaction
    from matplotlib.axes import Axes

__all__ = ["calibration", "curve", "rfm_grid", "score_history", "waterfall", "weights"]

_FOR, _AGAINST, _PRIOR, _TOTAL = "#3a7cb8", "#d1682b", "#9aa1a8", "#2b3a4a"
_TEXT, _FAINT, _GRID = "#22282e", "#6c757d", "#e3e6e9"
_EASTERN = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
            "Microsoft YaHei", "SimHei", "PingFang SC", "Hiragino Sans GB", "Yu Gothic", "Malgun Gothic", "Arial Unicode MS")
_TEXT_MOST = 58  # characters of what two records say


class _Row(NamedTuple):
    """A step of the sum: from where, to where, and why."""

    label: str
    said: str
    start: float
    bits: float
    colour: str


def _new_axes(width: float, height: float) -> Axes:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("kith.plot needs matplotlib, which isn't here: pip install matplotlib") from error
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def _families() -> list[str]:
    """The usual font, and those of the machine that have what it lacks: Chinese, Japanese, Korean."""
    from matplotlib import font_manager, rcParams

    known = set(font_manager.get_font_names())
    return [*rcParams["font.family"], *(name for name in _EASTERN if name in known)]


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip(" ,") + "…"


def _literal(text: str) -> str:
    """What matplotlib draws as it stands: between dollars it would look for a formula."""
    return text.replace("$", r"\$")


def _signed(bits: float) -> str:
    return f"{bits:+.1f}".replace("-", "−")


def _said(comparison: Mapping[str, Any]) -> str:
    a, b = comparison["value_a"] or "", comparison["value_b"] or ""
    return _short(a, _TEXT_MOST) if a == b else f"{_short(a, _TEXT_MOST // 2)} / {_short(b, _TEXT_MOST // 2)}"


def _steps(pair: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    """Label, text and bits of each thing that was weighed, against the rival that decides."""
    rival = pair["rival"]
    steps = [("prior", f"two records, against {rival}s", pair["prior"][rival])]
    for comparison in pair["comparisons"]:
        if comparison["level"] == 0:
            continue
        label = f"{comparison['name'].replace('_', ' ')}: {comparison['level_name']}"
        steps.append((label, _said(comparison), comparison["bits"][rival]))
        frequency = comparison["frequency_bits"] if rival == "stranger" else 0.0
        if frequency:
            steps.append(("… how frequent", "what both have is " + ("rare" if frequency > 0 else "common"), frequency))
    return steps


def _rows(pair: Mapping[str, Any]) -> list[_Row]:
    rows: list[_Row] = []
    at = 0.0
    for label, said, bits in _steps(pair):
        colour = _PRIOR if not rows else _FOR if bits >= 0 else _AGAINST
        rows.append(_Row(label, said, at, bits, colour))
        at += bits
    verdict = "enough for a link" if pair["links"] else "too few for a link"
    rows.append(_Row("sum", verdict, 0.0, pair["bits"], _TOTAL))
    return rows


def _one_sided(pair: Mapping[str, Any]) -> list[str]:
    """What only one of the two records says."""
    return [
        comparison["name"].replace("_", " ")
        for comparison in pair["comparisons"]
        if comparison["level"] == 0 and (comparison["value_a"] or comparison["value_b"])
    ]


def _odds(bits: float) -> str:
    ratio = 2.0 ** min(abs(bits), 60)
    shown = f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:,.0f}" if ratio < 1e6 else f"{ratio:.0e}"
    return f"{shown} to 1 that they are {'one' if bits >= 0 else 'two'}"


def _plain(ax: Axes) -> None:
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(_FAINT)
    ax.tick_params(length=0, colors=_FAINT)
    ax.set_axisbelow(True)


def _draw_row(ax: Axes, place: int, row: _Row, nudge: float, families: list[str]) -> None:
    end = row.start + row.bits
    ax.barh(place, row.bits, left=row.start, height=0.62, color=row.colour)
    to_right = row.bits >= 0
    ax.text(end + (nudge if to_right else -nudge), place, _signed(row.bits), va="center",
            ha="left" if to_right else "right", color=row.colour, fontweight="bold", fontsize=9,
            bbox={"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 1})
    beside = ax.get_yaxis_transform()
    weight = "bold" if row.label == "sum" else "normal"
    ax.text(-0.02, place - 0.17, _literal(row.label), transform=beside, ha="right", va="center", color=_TEXT, fontsize=10,
            fontweight=weight)
    ax.text(-0.02, place + 0.21, _literal(row.said), transform=beside, ha="right", va="center", color=_FAINT,
            fontsize=8, family=families)


def _draw_threshold(ax: Axes, at: float, top: float, text: str) -> None:
    ax.axvline(at, color=_TEXT, linewidth=1, linestyle=(0, (4, 3)), zorder=0.9)
    ax.annotate(text, (at, top), xytext=(4, 0), textcoords="offset points", va="center", color=_TEXT, fontsize=9)


def waterfall(pair: Mapping[str, Any], ax: Optional[Axes] = None) -> Axes:
    """Draws what Transaction.pair() gives: how each comparison moves the sum towards one person or two."""
    rows = _rows(pair)
    if ax is None:
        ax = _new_axes(9.5, 1.5 + 0.52 * len(rows))
    ends = [row.start + row.bits for row in rows] + [0.0, pair["link_at"]]
    room = 0.12 * ((max(ends) - min(ends)) or 1.0)
    ax.set_xlim(min(ends) - room, max(ends) + room)
    ax.set_ylim(len(rows) - 0.4, -0.95)
    ax.axvline(0, color=_GRID, linewidth=1.5, zorder=0.8)
    _draw_threshold(ax, pair["link_at"], -0.75, f"a link needs {_signed(pair['link_at'])}")
    families = _families()
    for place, row in enumerate(rows):
        _draw_row(ax, place, row, 0.06 * room, families)
        if place + 1 < len(rows):
            end = row.start + row.bits
            ax.plot([end, end], [place - 0.31, place + 1.31], color=_FAINT, linewidth=0.8, zorder=0.95)
    ax.set_yticks([])
    _plain(ax)
    alone = _one_sided(pair)
    caption = "bits" + (f"\nonly one of them says: {', '.join(alone)}" if alone else "")
    ax.set_xlabel(_literal(caption), color=_FAINT, fontsize=9)
    title = f"{':'.join(pair['a'])} and {':'.join(pair['b'])}\n{_signed(pair['bits'])} bits, {_odds(pair['bits'])}"
    ax.set_title(_literal(title), color=_TEXT, fontsize=12, fontweight="bold", loc="left", pad=10, family=families)
    return ax


def curve(evaluation: Mapping[str, Any], ax: Optional[Axes] = None) -> Axes:
    """Draws the curve of Store.evaluate(): precision, recall and F1 of linking by each threshold alone."""
    points = evaluation["curve"]
    if not points:
        raise ValueError("the evaluation has no curve, as the store has no match model: call Store.resolve() first")
    if ax is None:
        ax = _new_axes(8, 4.8)
    thresholds = [point["threshold_bits"] for point in points]
    for name, label, colour in (("precision", "precision", _AGAINST), ("recall", "recall", _FOR), ("f1", "F1", _TOTAL)):
        values = [point["quality"][name] for point in points]
        ax.plot(thresholds, values, color=colour, linewidth=2, marker="o", markersize=4, label=label)
    at, reached = evaluation["link_at_bits"], evaluation["pairwise"]["f1"]
    _draw_threshold(ax, at, 0.04, f"a link needs {_signed(at)}")
    ax.plot([at], [reached], marker="*", markersize=15, color=_TOTAL, markeredgecolor="white", linestyle="none",
            label=f"F1 of the profiles: {reached:.3f}", zorder=5)
    ax.set_ylim(0, 1.03)
    ax.set_xlim(thresholds[0] - 0.5, thresholds[-1] + 0.5)
    ax.grid(axis="y", color=_GRID)
    _plain(ax)
    ax.set_xlabel("bits from which pairs are linked", color=_FAINT, fontsize=9)
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0.2, labelcolor=_TEXT)
    return ax


def _levels(model: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Each comparison that the records showed, with its levels that weigh something, the strongest first."""
    return [
        (comparison, comparison["levels"][:0:-1])
        for comparison in model["comparisons"]
        if comparison["seen"]
    ]


def _draw_level(ax: Axes, place: int, level: Mapping[str, Any]) -> None:
    for nudge, bits, alpha in ((-0.2, level["bits"], 1.0), (0.2, level["relative_bits"], 0.45)):
        ax.barh(place + nudge, bits, height=0.36, color=_FOR if bits >= 0 else _AGAINST, alpha=alpha)
    ax.text(-0.02, place, _literal(level["name"]), transform=ax.get_yaxis_transform(), ha="right", va="center",
            color=_TEXT, fontsize=8)


def weights(model: Mapping[str, Any], ax: Optional[Axes] = None) -> Axes:
    """Draws what Transaction.model() gives: the weight of each level, against strangers, and paler against relatives."""
    groups = _levels(model)
    places = sum(1 + len(levels) for _, levels in groups)
    if ax is None:
        ax = _new_axes(9.5, 1.2 + 0.2 * places)
    place = 0
    for comparison, levels in groups:
        ax.axhline(place + 0.45, color=_GRID, linewidth=1, zorder=0.8)
        ax.text(-0.02, place, _literal(comparison["name"].replace("_", " ")), transform=ax.get_yaxis_transform(),
                ha="right", va="center", color=_TEXT, fontsize=10, fontweight="bold")
        for place, level in enumerate(levels, place + 1):
            _draw_level(ax, place, level)
        place += 1
    ax.set_ylim(max(places, 1) - 0.4, -0.6)
    ax.axvline(0, color=_FAINT, linewidth=1, zorder=0.9)
    ax.grid(axis="x", color=_GRID)
    ax.set_yticks([])
    _plain(ax)
    ax.set_xlabel("bits for or against one person; paler: against relatives", color=_FAINT, fontsize=9)
    title = f"match model {model['version']}, learnt from {model['record_count']:,} records"
    ax.set_title(title, color=_TEXT, fontsize=12, fontweight="bold", loc="left", pad=10)
    return ax


def _instant(time: Union[str, date, datetime, int]) -> datetime:
    """A time as kith takes them; a day or a text without a zone is of UTC."""
    if isinstance(time, int):
        return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=time)
    if isinstance(time, str):
        time = datetime.fromisoformat(time.replace("Z", "+00:00"))
    elif not isinstance(time, datetime):
        time = datetime(time.year, time.month, time.day)
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _find(txn: Transaction, whom: Union[str, tuple[str, str]], now: datetime) -> Profile:
    profile = txn.get(whom, now) if isinstance(whom, str) else txn.profile_of(*whom, now)
    if profile is None:
        raise ValueError(f"there is no customer {whom if isinstance(whom, str) else ':'.join(whom)}")
    return profile


def _times(begin: datetime, end: datetime, steps: int) -> list[datetime]:
    if begin >= end:
        raise ValueError("the history ends before it begins")
    return [begin + (end - begin) * step / steps for step in range(steps + 1)]


def _call(score: str) -> str:
    return "score('" + score.replace("'", "''") + "')"


def _order_times(txn: Transaction, profile: Profile, score: str, begin: datetime, end: datetime) -> list[datetime]:
    """When the customer ordered, if the score asks for orders."""
    event = txn.score_definition(score.partition(".")[0])["definition"].get("event")
    if event is None:
        return []
    found = [row["time"] for pair in profile.records for row in txn.events(*pair, begin, end) if row["type"] == event]
    return sorted(found)


def _draw_history(ax: Axes, times: list[datetime], values: list[Any]) -> None:
    """A number as a line; a text as steps, each text a row of its own."""
    if any(isinstance(value, str) for value in values):
        names = list(dict.fromkeys(value for value in values if value is not None))
        places = [float("nan") if value is None else names.index(value) for value in values]
        ax.step(times, places, where="post", color=_FOR, linewidth=2)
        ax.set_yticks(range(len(names)), [_literal(name) for name in names])
        ax.set_ylim(len(names) - 0.5, -0.5)
    else:
        ax.plot(times, [float("nan") if value is None else float(value) for value in values], color=_FOR, linewidth=2)


def score_history(
    store: Store,
    whom: Union[str, tuple[str, str]],
    score: str,
    from_: Union[str, date, datetime, int],
    to: Union[str, date, datetime, int],
    ax: Optional[Axes] = None,
    steps: int = 200,
) -> Axes:
    """Draws what a score, "repeat" or "repeat.alive", said of a customer over time, and marks the orders it asks for.

    `whom` is a profile's id, or the (source, key) of a record. At each time it is worked out of what had happened by
    then, by the definition that is in force now.
    """
    begin, end = _instant(from_), _instant(to)
    times = _times(begin, end, steps)
    with store.read() as txn:
        profile = _find(txn, whom, end)
        values = [profile.evaluate(_call(score), time)["value"] for time in times]
        orders = _order_times(txn, profile, score, begin, end)
        name = profile.id
    if ax is None:
        ax = _new_axes(9.5, 4.2)
    _draw_history(ax, times, values)
    if orders:
        ax.plot(orders, [0.02] * len(orders), "|", transform=ax.get_xaxis_transform(), color=_AGAINST, markersize=12,
                markeredgewidth=1.5, label=f"{len(orders)} orders")
        ax.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2, labelcolor=_TEXT)
    ax.set_xlim(begin, end)
    ax.grid(axis="y", color=_GRID)
    _plain(ax)
    who = name[:8] if isinstance(whom, str) else ":".join(whom)
    ax.set_title(_literal(f"{score} of {who}"), color=_TEXT, fontsize=12, fontweight="bold", loc="left", pad=10)
    return ax


def _groups(fit: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The groups of customers of a fit, or of what was learnt: what was foretold of each, and what came."""
    fitted = fit.get("fitted", fit)
    for name in ("holdout", "calibration"):
        groups = fitted.get(name, {}).get("groups")
        if groups:
            return sorted((group for group in groups if group["customers"] > 0), key=lambda group: group["predicted"])
    raise ValueError("this score doesn't foretell anything that could be compared with what came: its fit has no groups "
                     "in \"holdout\" or \"calibration\"")


def calibration(fit: Mapping[str, Any], ax: Optional[Axes] = None) -> Axes:
    """Draws what Store.fit_score() gives: of groups of customers, what was foretold and what came.

    Takes a fit, what was learnt (its "fitted"), or a definition of Transaction.score_definition(). On the line both are
    the same; circles are as large as their groups.
    """
    groups = _groups(fit.get("definition", fit))
    foretold, came = [group["predicted"] for group in groups], [group["actual"] for group in groups]
    most = max(group["customers"] for group in groups)
    top = 1.08 * max(*foretold, *came, 1e-9)
    if ax is None:
        ax = _new_axes(6, 5.6)
    ax.plot([0, top], [0, top], color=_FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=0.9)
    ax.plot(foretold, came, color=_FOR, linewidth=1.5)
    ax.scatter(foretold, came, s=[30 + 220 * group["customers"] / most for group in groups], color=_FOR, alpha=0.75,
               edgecolor="white", zorder=3)
    ax.set_xlim(0, top)
    ax.set_ylim(0, top)
    ax.set_aspect("equal")
    ax.grid(color=_GRID)
    _plain(ax)
    ax.set_xlabel("foretold", color=_FAINT, fontsize=9)
    ax.set_ylabel("what came", color=_FAINT, fontsize=9)
    count = sum(group["customers"] for group in groups)
    ax.set_title(f"{len(groups)} groups of {count:,} customers", color=_TEXT, fontsize=12, fontweight="bold", loc="left",
                 pad=10)
    return ax


def _cell_text(cell: Mapping[str, Any]) -> str:
    count = cell["customer_count"]
    return f"{count:,}\n{float(cell['spent']) / count:,.0f} each" if count else "–"


def rfm_grid(rfm: Mapping[str, Any], ax: Optional[Axes] = None) -> Axes:
    """Draws the grid of Transaction.rfm(): customers by recency and frequency, and what one of each cell spent."""
    bins = rfm["bins"]
    if ax is None:
        ax = _new_axes(2.2 + 1.1 * bins, 1.6 + 0.85 * bins)
    counts = [[cell["customer_count"] for cell in row] for row in rfm["grid"]]
    most = max(map(max, counts)) or 1
    ax.imshow(counts, origin="lower", aspect="auto", cmap="Blues", vmin=0, vmax=1.25 * most)
    for r, row in enumerate(rfm["grid"]):
        for f, cell in enumerate(row):
            dark = cell["customer_count"] > 0.7 * most
            ax.text(f, r, _cell_text(cell), ha="center", va="center", fontsize=9, color="white" if dark else _TEXT)
    ax.set_xticks(range(bins), [str(f + 1) for f in range(bins)])
    ax.set_yticks(range(bins), [str(r + 1) for r in range(bins)])
    _plain(ax)
    ax.spines["bottom"].set_visible(False)
    ax.set_xlabel("frequency: orders", color=_FAINT, fontsize=9)
    ax.set_ylabel("recency: days since the last order", color=_FAINT, fontsize=9)
    title = f"{rfm['customer_count']:,} customers as of {rfm['today']}"
    ax.set_title(title, color=_TEXT, fontsize=12, fontweight="bold", loc="left", pad=10)
    return ax
