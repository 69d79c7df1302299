"""Rounds as the count leaves them, of real answers to the real questionnaire: units of every size, merged, silent."""

from __future__ import annotations

import csv
import functools
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from survey_app.questionnaire.load import load
from survey_app.questionnaire.schema import Number, Questionnaire, RatedUnit, Scale, Single, YesNo
from survey_app.results.result import Change, Figure, Participation, Pedigree, Result, UnitLine
from survey_app.scoring.estimate import estimate
from survey_app.scoring.figures import Given
from survey_app.scoring.index import index
from survey_app.scoring.plan import Plan
from survey_app.scoring.plan_load import load_plan
from survey_app.scoring.ranks import seed_of
from survey_app.scoring.sheets import GroupUnit, Row, peer_groups, sheets_of

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "questionnaires"

# Six branches like those of 2024, their teams, one merged pair. Names are the register's; levels and numbers are ours.
BRANCHES = {"CC-MCAI": 86, "CC-HGAI": 64, "CC-VGIA": 52, "CC-CPHA": 41, "CC-HMO": 24, "CC-BPS": 17}
TEAMS = {"CC-MCAI-TT": 34, "CC-VGIA-TT": 12, "CC-MCAI-KTGS1": 7, "CC-HGAI-NV": 0, "P-TXNK": 33, "P-GSQL": 28}
LEVELS = {"CC-MCAI": 0.9, "CC-HGAI": 0.35, "CC-VGIA": 0.3, "CC-CPHA": 0.1, "CC-HMO": -0.2, "CC-BPS": -0.9}


@dataclass(frozen=True)
class Wanted:
    """A round to make: sheets a unit, and how good each is (in standard deviations of an answer)."""

    answered: Mapping[str, int]
    levels: Mapping[str, float]
    round: str = "cdci-2024"
    year: int = 2024
    synthetic: bool = True
    merged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    figures: bool = True


@functools.cache
def shipped_questionnaire() -> Questionnaire:
    return load(SHIPPED / "cdci_2024" / "questionnaire.yaml")


@functools.cache
def shipped_plan() -> Plan:
    return load_plan(SHIPPED / "cdci_2024" / "plan.yaml")


@functools.cache
def register_rows() -> dict[str, dict[str, str]]:
    """The shipped unit registers by code."""
    found = {}
    for name in ("quangninh_2018.csv", "quangninh_2025.csv"):
        with (SHIPPED / "units" / name).open(encoding="utf-8", newline="") as file:
            found |= {row["code"]: row for row in csv.DictReader(file)}
    return found


def make_result(**wanted: object) -> Result:
    """`make_result(answered={"CC-MCAI": 30}, levels={...})`; what is unsaid: a round of every kind of unit."""
    fields: dict[str, object] = {"answered": BRANCHES | TEAMS, "levels": LEVELS} | wanted
    return result_of(Wanted(**fields), shipped_questionnaire(), shipped_plan(), register_rows())  # type: ignore[arg-type]


@functools.cache
def two_rounds() -> tuple[Result, Result]:
    """A round with units of every kind, and the year before with other levels."""
    levels = {unit: level * 0.5 - 0.1 for unit, level in LEVELS.items()}
    earlier = make_result(round="cdci-2023", year=2023, levels=levels)
    return with_changes(make_result(merged={"NHOM-KIEM-SOAT": ("CC-MCAI-KS", "CC-HMO-TKS")}), earlier), earlier


def with_changes(result: Result, earlier: Result) -> Result:
    """The differences of a round to the one before, plainly: for pages, not for the method."""
    then = {(score.unit, score.node): score for score in earlier.index.scores}
    changes = []
    for score in result.index.scores:
        old = then.get((score.unit, score.node))
        if old is None or old.value is None or score.value is None or not score.se or not old.se:
            continue
        half = 1.96 * (score.se**2 + old.se**2) ** 0.5
        difference = score.value - old.value
        if score.node == "cdci":
            changes.append(Change(score.unit, score.node, earlier.round, old.value, None, None, None, "not_comparable"))
        else:
            changes.append(
                Change(
                    score.unit, score.node, earlier.round, old.value, difference, difference - half, difference + half
                )
            )
    return msgspec.structs.replace(result, changes=tuple(changes), earlier_rounds=(earlier.round,))


def result_of(wanted: Wanted, questionnaire: Questionnaire, plan: Plan, register: dict[str, dict[str, str]]) -> Result:
    units = {
        code: rated_unit(register[code])
        for code in [*wanted.answered, *(m for members in wanted.merged.values() for m in members)]
    }
    groups_of = {member: group for group, members in wanted.merged.items() for member in members}
    asked = {code: asked_of(unit, questionnaire, plan, register) for code, unit in units.items()}
    scored = [GroupUnit(code, unit.kind, asked[code]) for code, unit in units.items() if code not in groups_of]
    for group, members in wanted.merged.items():
        scored.append(
            GroupUnit(group, units[members[0]].kind, frozenset.intersection(*(asked[one] for one in members)))
        )
    answered = dict(wanted.answered) | dict.fromkeys(wanted.merged, 19)
    rows = [row for unit in scored for row in rows_of(unit, answered[unit.code], wanted, questionnaire, plan)]
    estimates = estimate(plan, [sheets_of(plan, group, rows) for group in peer_groups(plan, scored)])
    figures = figures_of(wanted, plan, [unit.code for unit in scored if unit.kind in ("chi_cuc", "phong")])
    given = Given(
        hard={(one.unit, one.leaf): one.value for one in figures if one.source == "hard"},
        panel={(one.unit, one.leaf): one.value for one in figures if one.source == "panel"},
        seed=seed_of(wanted.round),
        least={code: 30 for code in units if register[code]["parent"] in units},
    )
    lines = [unit_line(register[code], groups_of.get(code), (), answered.get(code, 0)) for code in units]
    lines += [unit_line(register[group], None, members, answered[group]) for group, members in wanted.merged.items()]
    sheets = sum(answered.values())
    return Result(
        round=wanted.round,
        year=wanted.year,
        title={
            "vi": f"Đợt khảo sát CDCI {wanted.year}",
            "en": f"CDCI survey {wanted.year}",
            "zh-Hans": f"CDCI {wanted.year}年调查",
        },
        organisation={
            "vi": "Chi cục Hải quan khu vực VIII",
            "en": "Regional Customs Branch VIII",
            "zh-Hans": "第八区海关分局",
        },
        synthetic=wanted.synthetic,
        pedigree=Pedigree(questionnaire.hash, plan.hash, "ab" * 32, "1.0.0"),
        participation=Participation(
            invited=702, used=sheets, envelopes=sheets, sheets=sheets, receipts=sheets, ratings=sheets, flagged=6
        ),
        units=tuple(lines),
        tallies=tallies_of(rows),
        estimates=estimates,
        index=index(plan, estimates, given),
        figures=figures,
    )


def rated_unit(row: dict[str, str]) -> RatedUnit:
    names = {"vi": row["name_vi"], "en": row["name_en"], "zh-Hans": row["name_zh"]}
    return RatedUnit(
        code=row["code"],
        kind=row["kind"],
        names=names,
        needs=frozenset(filter(None, row["needs"].split(";"))),
        parent=row["parent"],
    )


def unit_line(row: dict[str, str], merged_into: str | None, members: tuple[str, ...], ratings: int) -> UnitLine:
    return UnitLine(
        code=row["code"],
        kind=row["kind"],
        parent=row["parent"],
        names={"vi": row["name_vi"], "en": row["name_en"], "zh-Hans": row["name_zh"]},
        short_names={"vi": row["short_vi"], "en": row["short_en"], "zh-Hans": row["short_zh"]},
        members=members,
        merged_into=merged_into,
        successor=row["successor"] or None,
        invited=int(ratings * 2.4) + 3,
        ratings=ratings,
    )


def asked_of(
    unit: RatedUnit, questionnaire: Questionnaire, plan: Plan, register: dict[str, dict[str, str]]
) -> frozenset[str]:
    team = unit.kind in ("doi", "to")
    questions = questionnaire.by_id
    return frozenset(
        leaf.id
        for leaf in plan.question_leaves()
        if unit.does(questions[leaf.question_id]) and (not team or questions[leaf.question_id].core)
    )


def rows_of(unit: GroupUnit, n: int, wanted: Wanted, questionnaire: Questionnaire, plan: Plan) -> list[Row]:
    """n sheets: a latent satisfaction of the business, one of the unit, one of the question, and noise."""
    draw = np.random.default_rng(zlib.crc32(f"{wanted.round}/{unit.code}".encode()))
    level = wanted.levels.get(unit.code, 0.0)
    rows = []
    for i in range(n):
        mood, answers = draw.normal(0, 0.5), {}
        for item in sorted(unit.asked):
            leaf, question = plan.leaf(item), questionnaire.by_id[plan.leaf(item).question_id]
            ease = (zlib.crc32(item.encode()) % 1000) / 500 - 1
            good = 1.1 + level + 0.7 * ease + mood + draw.normal(0, 0.9)
            answers[item] = (
                None if draw.random() < 0.06 else answer(question, questionnaire, leaf.direction, good, draw)
            )
        rows.append(
            Row(
                business=zlib.crc32(f"{unit.code}/{i}".encode()), unit=unit.code, main=True, answers=answers, duration=2
            )
        )
    return rows


def answer(
    question: object, questionnaire: Questionnaire, direction: str, good: float, draw: np.random.Generator
) -> str:
    """The code of an answer as good as this; 1 is good, 0 middling, −1 bad."""
    signed = good if direction == "higher" else -good
    if isinstance(question, Scale):
        points = questionnaire.scales[question.scale].points
        return str(int(np.clip(round((points + 1) / 2 + signed * (points - 1) / 4), 1, points)))
    if isinstance(question, YesNo):
        return "yes" if signed > (-0.3 if direction == "higher" else 0.3) else "no"
    if isinstance(question, Single):
        codes = [option.code for option in question.options]
        return codes[int(np.clip(round((1.2 - good) * len(codes) / 4), 0, len(codes) - 1))]
    assert isinstance(question, Number)
    if direction == "higher":
        return str(int(np.clip(round(7.5 + good), 1, 10)))
    return str(max(0, round(float(np.exp(1.6 - 0.8 * good + draw.normal(0, 0.3))))))


def tallies_of(rows: list[Row]) -> dict[str, dict[str, dict[str, int]]]:
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in rows:
        for item, code in row.answers.items():
            counts[row.unit][item][code or ("dont_know", "not_applicable", "left_blank")[row.business % 3]] += 1
    return {
        unit: {item: dict(sorted(codes.items())) for item, codes in items.items()} for unit, items in counts.items()
    }


def figures_of(wanted: Wanted, plan: Plan, units: list[str]) -> tuple[Figure, ...]:
    if not wanted.figures:
        return ()
    found = []
    for leaf in plan.leaves:
        for unit in units:
            part = (zlib.crc32(f"{unit}{leaf.id}{wanted.year}".encode()) % 1000) / 1000
            if leaf.source == "panel":
                found.append(Figure("panel", unit, leaf.id, round(7 + 3 * part, 1)))
            elif leaf.source == "hard":
                found.append(Figure("hard", unit, leaf.id, round(2 + 8 * part, 1)))
    return tuple(found)
