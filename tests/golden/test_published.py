"""Published indices of Vietnam's provinces come out of `index compute` as they were printed: PCI and PAPI."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from survey_app import cli

PLANS = Path(__file__).parent / "plans"
PROVINCES = 63
PAPI = {
    "participation_at_local_levels": "Participation at Local Levels",
    "transparency": "Transparency",
    "vertical_accountability": "Vertical Accountability",
    "control_of_corruption": "Control of Corruption",
    "public_administrative_procedures": "Public Administrative Procedures",
    "public_service_delivery": "Public Service Delivery",
    "papi": "Un-weighted2015PAPI",
}


def published(shared: Path, name: str) -> tuple[Path, list[dict[str, str]]]:
    path = shared / "pci_vcci" / name
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == PROVINCES
    return path, rows


def computed(plan: str, values: Path, unit_column: str, out: Path) -> dict[tuple[str, str], tuple[float, int]]:
    """(unit, node) → score and rank, by the command itself."""
    command = ["index", "compute", "--plan", str(PLANS / f"{plan}.yaml"), "--values", str(values)]
    assert cli.run([*command, "--unit-column", unit_column, "--out", str(out)]) == 0
    with (out / "scores.csv").open(encoding="utf-8") as file:
        return {(row["unit"], row["node"]): (float(row["score"]), int(row["rank"])) for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("year", "plan"),
    [(2010, "pci_2010"), (2012, "pci_2010"), (2013, "pci_2013"), (2014, "pci_2013"), (2015, "pci_2013"),
     (2016, "pci_2013")],
)  # fmt: skip
def test_totals_and_ranks_of_the_pci_are_the_published_ones(shared: Path, tmp_path: Path, year: int, plan: str) -> None:
    """Totals to 1e-5: the sub-indices are printed with six decimals. Where no rank is printed, the totals give it."""
    path, rows = published(shared, f"pci_{year}_subindices.csv")
    found = computed(plan, path, "province", tmp_path)
    totals = {row["province"]: float(row["pci_weighted"]) for row in rows}
    for row in rows:
        score, rank = found[row["province"], "pci"]
        assert score == pytest.approx(totals[row["province"]], abs=1e-5)
        by_total = 1 + sum(total > totals[row["province"]] for total in totals.values())
        assert rank == int(row.get("rank") or by_total)


def test_a_sub_index_comes_from_its_fourteen_indicators(shared: Path, tmp_path: Path) -> None:
    """Lowest and highest province of the year, reversed, three themes: policy bias of the PCI 2013."""
    path, rows = published(shared, "pci_2013_policy_bias_indicators.csv")
    found = computed("pci_2013_policy_bias", path, "province", tmp_path)
    for row in rows:
        score, _ = found[row["province"], "policy_bias"]
        assert score == pytest.approx(float(row["published_subindex"]), abs=2e-6)


def test_dimensions_and_totals_of_the_papi_are_the_published_ones(shared: Path, tmp_path: Path) -> None:
    path, rows = published(shared, "papi_2015_dimensions.csv")
    found = computed("papi_2015", path, "tentinh_vie", tmp_path)
    for row in rows:
        for node, column in PAPI.items():
            assert found[row["tentinh_vie"], node][0] == pytest.approx(float(row[column]), abs=2e-6)
