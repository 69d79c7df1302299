"""`index examine --sheets`: how the questions of each sub-index go together, and which sheets look careless."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from survey_app.scoring import careless, examine_careless, examine_scales
from survey_app.scoring.careless import Signs
from survey_app.scoring.cleaning import LEAST_ANSWERS, Flags
from survey_app.scoring.examine_careless import Careless
from survey_app.scoring.examine_scales import Item, Scales, SubScale
from survey_app.scoring.index import Index
from survey_app.scoring.respondent_level import FLAGS, Estimated
from survey_app.scoring.sheets import Sheets
from survey_app.scoring.tables import Contents, Row, write_tables

SIGNS = Signs.__struct_fields__
ITEMS = ("group", "sub_index", "item", "n", "missing", "mean", "sd", "item_rest", "corrected", "alpha_if_dropped",
         "loading")  # fmt: skip
SCALES = ("group", "sub_index", "items", "sheets", "alpha", "alpha_low", "alpha_high", "standardised_alpha", "lambda6",
          "omega_total", "omega_total_polychoric", "omega_hierarchical", "kmo", "mean_correlation", "complete_sheets",
          "chisq", "df", "cfi", "tli", "rmsea", "srmr")  # fmt: skip
CARELESS = ("group", "unit", "sheet", *SIGNS, "signs", *FLAGS)
WITH_WITHOUT = ("group", "unit", "sheets", "flagged", "several_signs", "score", "rank", "score_without",
                "rank_without")  # fmt: skip


class Looks(msgspec.Struct, frozen=True):
    """By peer group: its scales and its sheets' signs; and the index without sheets of several signs."""

    scales: tuple[Scales, ...]
    careless: tuple[Careless, ...]
    without: Index


def examined(found: Estimated) -> Looks:
    pairs = list(zip(found.groups, found.flags, strict=True))
    looked = tuple(examine_careless.of_group(found.plan, sheets) for sheets, _ in pairs)
    return Looks(
        scales=tuple(examine_scales.scales(found.plan, sheets, flags.flagged) for sheets, flags in pairs),
        careless=looked,
        without=examine_careless.without(found, looked),
    )


def notices(found: Estimated, looks: Looks) -> Iterator[str]:
    """A line for each kind of blank cell and whom it concerns, and what the signs of carelessness amount to."""
    for sheets, scales, look in zip(found.groups, looks.scales, looks.careless, strict=True):
        for reason, names in examine_scales.untold(scales):
            if names:
                yield f"{sheets.group.id}: {reason}: {', '.join(names)}"
        yield from (f"{sheets.group.id}: {line}" for line in _careless_notices(look))
    base = {standing.group: standing for standing in found.index.groups}
    for standing in looks.without.groups:
        more = [unit for unit in standing.left_out if unit not in base[standing.group].left_out]
        if standing.node == found.plan.businesses_part() and more:
            yield f"{standing.group}: not ranked without sheets of several signs, too few are left: {', '.join(more)}"


def _careless_notices(look: Careless) -> Iterator[str]:
    if look.items < LEAST_ANSWERS:
        yield f"no signs of careless answering, fewer than {LEAST_ANSWERS} questions share a scale"
        return
    short = int(np.isnan(look.signs.longest).sum())
    if short:
        yield f"no signs of careless answering on {short} sheets with fewer than {LEAST_ANSWERS} answers on one scale"
    beyond = ", ".join(f"{name} {int(mark.sum())}" for name, mark in look.marks.items())
    yield f"{int(look.several.sum())} of {look.number.size} sheets have two signs or more; beyond the cuts: {beyond}"
    if look.mute:
        share = f"more than {careless.COMMON:.0%} of the sheets are beyond the cut, which tells of the questions"
        yield f"not counted, {share}: {', '.join(look.mute)}"


# ---------------------------------------------------------------- files


def write(found: Estimated, looks: Looks, folder: Path) -> list[str]:
    """items.csv, scales.csv, careless.csv, with_without.csv, each by peer group. Returns the files' names."""
    named = list(zip((sheets.group.id for sheets in found.groups), looks.scales, strict=True))
    files: dict[str, Contents] = {
        "items.csv": (ITEMS, ((group, *_item(one)) for group, scales in named for one in scales.items)),
        "scales.csv": (SCALES, ((group, *_scale(one)) for group, scales in named for one in scales.subs)),
        "careless.csv": (CARELESS, _careless(found, looks.careless)),
        "with_without.csv": (WITH_WITHOUT, _with_without(found, looks)),
    }
    return write_tables(files, folder)


def _item(one: Item) -> Row:
    return msgspec.structs.astuple(one)


def _scale(one: SubScale) -> Row:
    known, fit = one.scale, one.fit
    alpha: Row = (None,) * 5 if known is None else (known.raw, *known.ends, known.standardised, known.lambda6)
    measures: Row = (None,) * 7
    if fit is not None:
        measures = (fit.n, fit.chisq, fit.df, fit.cfi, fit.tli, fit.rmsea, fit.srmr)
    omegas = (one.omega, one.omega_polychoric, one.omega_hierarchical, one.kmo)
    mean = None if known is None else known.mean_correlation
    return one.id, len(one.items), one.sheets, *alpha, *omegas, mean, *measures


def _careless(found: Estimated, looked: Sequence[Careless]) -> Iterator[Row]:
    """Within a group in the order of the file."""
    for sheets, flags, look in zip(found.groups, found.flags, looked, strict=True):
        for i in np.argsort(sheets.rows).tolist():
            head = (sheets.group.id, sheets.group.units[sheets.unit[i]], found.sheet_names[sheets.rows[i]])
            number = None if np.isnan(look.signs.longest[i]) else int(look.number[i])
            yield *head, *(float(getattr(look.signs, name)[i]) for name in SIGNS), number, *_flagged(flags, i)


def _flagged(flags: Flags, i: int) -> Row:
    return tuple(int(getattr(flags, name)[i]) for name in FLAGS)


def _with_without(found: Estimated, looks: Looks) -> Iterator[Row]:
    """By the businesses' part, as in the ranks of `index estimate`."""
    part = found.plan.businesses_part()
    base, other = _stand(found.index, part), _stand(looks.without, part)
    for sheets, flags, look in zip(found.groups, found.flags, looks.careless, strict=True):
        numbers = zip(*(_by_unit(sheets, mask) for mask in (np.ones(sheets.count), flags.flagged, look.several)),
                      strict=True)  # fmt: skip
        for unit, row in zip(sheets.group.units, numbers, strict=True):
            yield sheets.group.id, unit, *row, *base[unit], *other[unit]


def _by_unit(sheets: Sheets, mask: np.ndarray) -> list[int]:
    counts = np.bincount(sheets.unit, weights=mask, minlength=len(sheets.group.units))
    return [int(count) for count in counts]


def _stand(of: Index, part: str) -> dict[str, tuple[float | None, int | None]]:
    """Unit → score and rank at the businesses' part."""
    ranks = {one.unit: one.rank for group in of.groups if group.node == part for one in group.standings}
    return {score.unit: (score.value, ranks.get(score.unit)) for score in of.scores if score.node == part}
