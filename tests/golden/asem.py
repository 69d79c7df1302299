"""COINr's ASEM example: its tables as arrays, and our plan of it with a step put otherwise, by edits of its text."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np

from survey_app.scoring.compute import Steps, Values, compute
from survey_app.scoring.plan import Plan
from survey_app.scoring.plan_load import load_plan

PLAN = Path(__file__).parent / "plans" / "asem.yaml"
MIN_MAX = "normalise: {method: min_max, bounds: own_year}"
PILLARS = ("Physical", "ConEcFin", "Political", "Instit", "P2P", "Environ", "Social", "SusEcFin")
SUB_INDICES = ("Conn", "Sust")


class Table:
    """A file of the example: texts by column, numbers (NaN = blank) by column."""

    def __init__(self, path: Path) -> None:
        with path.open(encoding="utf-8") as file:
            self.rows = list(csv.DictReader(file))
        self.names = list(self.rows[0])

    def texts(self, name: str) -> list[str]:
        return [row[name] for row in self.rows]

    def numbers(self, name: str) -> np.ndarray:
        return np.array([float(text) if text not in ("", "NA") else np.nan for text in self.texts(name)])


class Asem:
    """The example's files; tables with a column `uCode` come in the order of the units of the data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = self.table("in_iData")
        self.units = tuple(self.data.texts("uCode"))

    def table(self, name: str) -> Table:
        return Table(self.folder / f"{name}.csv")

    def scores(self, name: str) -> dict[str, np.ndarray]:
        """Column → (U,) in the order of our units."""
        table = self.table(name)
        place = [table.texts("uCode").index(unit) for unit in self.units]
        return {column: table.numbers(column)[place] for column in table.names if column not in NO_NUMBERS}

    def column(self, name: str, column: str) -> list[str]:
        table = self.table(name)
        return [table.texts(column)[table.texts("uCode").index(unit)] for unit in self.units]

    def values(self) -> Values:
        meta = self.table("in_iMeta")
        leaves = [
            code for code, kind in zip(meta.texts("iCode"), meta.texts("Type"), strict=True) if kind == "Indicator"
        ]
        numbers = [code for code, kind in zip(meta.texts("iCode"), meta.texts("Type"), strict=True)
                   if kind == "Denominator"]  # fmt: skip
        return Values(
            units=self.units,
            leaves={name: self.data.numbers(name) for name in leaves},
            numbers={name: self.data.numbers(name) for name in numbers},
            groups={"EurAsia_group": tuple(self.data.texts("EurAsia_group"))},
        )

    def computed(self, text: str | None = None) -> Steps:
        return compute(plan(text), self.values())


NO_NUMBERS = ("uCode", "uName", "EurAsia_group")


def text() -> str:
    return PLAN.read_text(encoding="utf-8")


def plan(changed: str | None = None) -> Plan:
    return load_plan(text() if changed is None else changed)


def normalised(by: str, low: float, high: float) -> str:
    """The plan with another `normalise`, shown from `low` to `high`."""
    return shown(text().replace(MIN_MAX, f"normalise: {by}"), low, high)


def shown(of: str, low: float, high: float) -> str:
    return re.sub(r"shown_on: \{min: \S+ max: [^,]+,", f"shown_on: {{min: {low}, max: {high},", of)


def aggregated(of: str, pillars: str, sub_indices: str, index: str) -> str:
    """Lines such as `aggregate: geometric` put under the nodes of each level."""
    for names, line in ((PILLARS, pillars), (SUB_INDICES, sub_indices)):
        for name in names:
            of = re.sub(rf"( +)- id: {name}\n", rf"\1- id: {name}\n\1  {line}\n", of)
    return of.replace("  id: Index\n", f"  id: Index\n  {index}\n")


def raw(of: str) -> str:
    """Without denominators, imputation and treatment."""
    return re.sub(r", denominator: \w+|^(impute|treat): .*\n", "", of, flags=re.MULTILINE)


def with_targets(targets: dict[str, float]) -> str:
    """Every leaf by its distance to its own target."""
    found = shown(text().replace(MIN_MAX + "\n", ""), 0, 1)
    for leaf, target in targets.items():
        scale = f"normalise: {{method: distance_target, target: {target!r}, outside: keep}}"
        found = re.sub(rf"- \{{id: {leaf}, source: hard", f"- {{id: {leaf}, source: hard, {scale}", found)
    return found


def without_sub_indices(of: str) -> str:
    """The eight pillars directly under the index."""
    tree, leaves = of.split("\nleaves:\n")
    head, below = tree.split("  children:\n", 1)
    kept = re.sub(r"^    - id: (Conn|Sust)\n(      .*\n)*?      children:\n", "", below + "\n", flags=re.MULTILINE)
    return f"{head}  children:\n" + re.sub(r"^    (?=    )", "", kept, flags=re.MULTILINE) + f"\nleaves:\n{leaves}"
