"""A small round made by arithmetic, and the estimator again in plain loops and fractions, from the definitions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from survey_app.scoring import fits
from survey_app.scoring.estimate import estimate
from survey_app.scoring.estimates import Estimates
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import GroupUnit, Row, Sheets, peer_groups, sheets_of

UNITS = ("A", "B", "C", "D", "E")
ITEMS = ("mb01", "mb02", "mb03", "mb04", "tg01", "tg02", "tg03")
CORE = ("mb01", "mb02", "tg02", "tg03")


def rows(businesses: int = 40) -> list[Row]:
    """Each business rates its main unit on all items, each second one another unit on the core; gaps are regular."""
    found = []
    for b in range(businesses):
        for place, u in enumerate([b % 5] + [(b + 1 + b // 5) % 5] * (b % 2)):
            raw = {
                "mb01": str(1 + (b * 7 + u * 3 + b // 4) % 5),
                "mb02": str(1 + (b * 3 + u * u + 1) % 5),
                "mb03": "yes" if (b + u) % 3 == 0 else "no",
                "mb04": str(1 + (b + u) % 5),
                "tg01": str((b * 13 + u * 5) % 60),
                "tg02": str(1 + (b * 2 + u + b // 3) % 5),
                "tg03": ("none", "few", "many")[(b + 2 * u + b // 7) % 3],
            }
            asked = ITEMS if place == 0 else CORE
            answers = {
                item: None if (b + 3 * k + u) % 9 == 0 else raw[item] for k, item in enumerate(ITEMS) if item in asked
            }
            if b % 11 == 5:
                answers |= {item: None for item in answers if item.startswith("tg")}  # nothing of `time`
            found.append(Row(business=b, unit=UNITS[u], main=place == 0, answers=answers))
    return found


def sheets(plan: Plan, given: Sequence[Row], units: Sequence[str] = UNITS) -> Sheets:
    known = frozenset(leaf.id for leaf in plan.question_leaves())
    (group,) = peer_groups(plan, [GroupUnit(unit, "chi_cuc", known) for unit in units])
    return sheets_of(plan, group, given)


def plain_estimate(plan: Plan, groups: Sequence[Sheets], *masks, rounded: bool = True) -> Estimates:
    """Without the adjustment: unit means, which can be recomputed in fractions."""
    return estimate(plan, groups, *masks, rounded=rounded, model=fits.fit_means)


WEIGHTS = {"mb01": 2, "mb02": 1, "mb03": 1, "mb04": 0, "tg01": 1, "tg02": 1, "tg03": 2}
SUBS = {"transparency": ("mb01", "mb02", "mb03", "mb04"), "time": ("tg01", "tg02", "tg03")}
ADJUSTED = {"transparency": ("mb01", "mb02", "mb03", "mb04"), "time": ("tg02", "tg03")}


class PlainLoops:
    """2a.2 for the tiny plan: dictionaries, loops and fractions; `weight` by business, for derivatives."""

    def __init__(self, given: Sequence[Row], weight: dict[int, Fraction] | None = None) -> None:
        self.rows = [row for row in given if self._counts(row)]
        self.weight = {row.business: Fraction(1) for row in self.rows} | (weight or {})
        self.means = {item: self._item_mean(item) for subs in ADJUSTED.values() for item in subs}
        self.sub_means = {
            sub: sum(WEIGHTS[j] * self.means[j] for j in items) / sum(WEIGHTS[j] for j in items)
            for sub, items in ADJUSTED.items()
        }

    @staticmethod
    def _counts(row: Row) -> bool:
        answered = [code for code in row.answers.values() if code is not None]
        return len(answered) > 0 and 2 * len(answered) >= len(row.answers)

    @staticmethod
    def z(item: str, code: str) -> Fraction:
        if item in ("mb01", "mb04"):
            return Fraction(100 * (int(code) - 1), 4)
        if item == "mb02":
            return Fraction(100 * (5 - int(code)), 4)
        if item == "mb03":
            return Fraction(0 if code == "yes" else 100)
        if item == "tg02":
            return Fraction(100 if int(code) >= 4 else 0)
        return Fraction(100 - 50 * ("none", "few", "many").index(code))

    def _item_mean(self, item: str) -> Fraction:
        pairs = [
            (self.weight[r.business], self.z(item, r.answers[item]))
            for r in self.rows
            if r.answers.get(item) is not None
        ]
        return sum(w * z for w, z in pairs) / sum(w for w, _ in pairs)

    def deviation(self, row: Row, sub: str) -> Fraction | None:
        answered = [j for j in ADJUSTED[sub] if row.answers.get(j) is not None and WEIGHTS[j]]
        if not answered:
            return None
        total = sum(WEIGHTS[j] * (self.z(j, row.answers[j]) - self.means[j]) for j in answered)
        return total / sum(WEIGHTS[j] for j in answered)

    def y(self, row: Row, sub: str) -> Fraction:
        own = self.deviation(row, sub)
        if own is None:
            others = [d for other in ADJUSTED if (d := self.deviation(row, other)) is not None]
            own = sum(others) / len(others)
        return self.sub_means[sub] + own

    def adjusted(self, unit: str, sub: str) -> Fraction:
        mine = [row for row in self.rows if row.unit == unit]
        return sum(self.weight[r.business] * self.y(r, sub) for r in mine) / sum(self.weight[r.business] for r in mine)

    def median(self, unit: str) -> float:
        """Mid-distribution median of tg01, then its goalposts."""
        x = sorted(float(r.answers["tg01"]) for r in self.rows if r.unit == unit and r.answers.get("tg01") is not None)
        heights = [(v, (sum(t < v for t in x) + 0.5 * x.count(v)) / len(x)) for v in sorted(set(x))]
        for (v0, h0), (v1, h1) in pairwise(heights):
            if h0 <= 0.5 <= h1:
                return 100 - 100 * min(v0 + (v1 - v0) * (0.5 - h0) / (h1 - h0), 48) / 48
        raise AssertionError("no crossing in this data")

    def items(self, unit: str) -> dict[str, float]:
        found: dict[str, float] = {"tg01": self.median(unit)}
        for sub, items in ADJUSTED.items():
            raw = {}
            for j in items:
                mine = [r for r in self.rows if r.unit == unit and r.answers.get(j) is not None]
                own = [self.z(j, r.answers[j]) - self.means[j] - (self.y(r, sub) - self.sub_means[sub]) for r in mine]
                raw[j] = sum(own) / len(own) + self.means[j] - self.sub_means[sub]
            shift = sum(WEIGHTS[j] * raw[j] for j in items) / sum(WEIGHTS[j] for j in items)
            found |= {j: float(self.adjusted(unit, sub) + raw[j] - shift) for j in items}
        return found

    def sub_index(self, unit: str, sub: str) -> float:
        scores, items = self.items(unit), SUBS[sub]
        return sum(WEIGHTS[j] * scores[j] for j in items) / sum(WEIGHTS[j] for j in items)
