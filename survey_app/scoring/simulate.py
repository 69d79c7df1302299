"""Rounds with a known truth: for the demo, the tests and the round's self-test. Everything drawn here is synthetic.

Each business answers from one hidden scale: level + unit's quality + its strength in the sub-index and the item + the
business's leniency + the mood of its main unit's clients + what this business met at this unit + halo + fear + chance.
The default level gives what published rounds show: means of 85 to 95 of 100, skewed, businesses about 14 points apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import BoolArray, IntArray

CUTS = (-1.65, 1.30)  # first and last threshold of a scale on the hidden scale
ESCAPE_SHARES = {"not_applicable": 0.04, "dont_know": 0.03, "declined": 0.02}


class Item(msgspec.Struct, frozen=True):
    """A question to be answered.

    Ordered answers: `codes` from low to high. Numbers: no codes, `typical` is the median for a unit of average quality,
    `largest` the highest allowed. `favourable`: which end is good. `escapes`: codes of no answer.
    """

    id: str
    sub_index: str
    codes: tuple[str, ...] = ()
    favourable: Literal["high", "low"] = "high"
    core: bool = False
    escapes: tuple[str, ...] = ("not_applicable", "dont_know")
    typical: float = 1.0
    largest: float = 720.0
    decimals: int = 0


class Settings(msgspec.Struct, frozen=True):
    """Standard deviations are in units of the chance in one answer (1)."""

    level: float = 2.0
    quality: float = 0.25
    sub_index: float = 0.16
    item_unit: float = 0.10
    item: float = 0.35
    leniency: float = 0.60
    client_base: float = 0.15
    dyad: float = 0.45
    halo: float = 0.30
    fearful: float = 0.15
    fear_lift: float = 0.55
    skipped: float = 0.02
    straight: float = 0.04
    random: float = 0.01
    seconds: float = 9.0


class Sheet(msgspec.Struct, frozen=True):
    """One business's answers about one unit. `codes` (J) the answered code or number text, None where there is none;
    `missing` (J) "left_blank" or an escape's code, None where answered or not asked; seconds per asked item."""

    business: int
    unit: int
    main: bool
    codes: tuple[str | None, ...]
    missing: tuple[str | None, ...]
    careless: Literal["", "straight", "random"]
    fear: str
    attentive: bool
    seconds: float


class Truth(msgspec.Struct, frozen=True):
    """What an average client would say.

    quality (U,) hidden; items (U, J) expected score on 0–100, good is high, over fearless businesses of all leniencies
    (ordered answers), or the median (numbers); overall (U,) mean over sub-indices of the mean of its ordered items;
    leniency (B,) of the businesses with the mood of their main unit's clients, hidden.
    """

    quality: FloatArray
    items: FloatArray
    overall: FloatArray
    leniency: FloatArray


class Round(msgspec.Struct, frozen=True):
    sheets: tuple[Sheet, ...]
    truth: Truth


def simulate_round(
    items: Sequence[Item],
    asked: BoolArray,
    dealings: Sequence[tuple[int, ...]],
    seed: int,
    settings: Settings = Settings(),  # noqa: B008 — frozen
    quality: FloatArray | None = None,
) -> Round:
    """Draw a round; the same seed gives the same round.

    asked (U, J): which items are asked about which unit; dealings: each business's units, its main unit first (all
    items), then others (core items only); quality (U,): hidden quality given instead of drawn.
    """
    return _Simulation(items, asked, dealings, np.random.default_rng(seed), settings, quality).round()


class _Simulation:
    def __init__(
        self,
        items: Sequence[Item],
        asked: BoolArray,
        dealings: Sequence[tuple[int, ...]],
        generator: np.random.Generator,
        settings: Settings,
        quality: FloatArray | None,
    ) -> None:
        self.items, self.asked, self.generator, self.settings = items, asked, generator, settings
        names = sorted({item.sub_index for item in items})
        self.sub = np.array([names.index(item.sub_index) for item in items], dtype=np.int64)
        pairs = [(b, u, k == 0) for b, units in enumerate(dealings) for k, u in enumerate(units)]
        self.business = np.array([b for b, _, _ in pairs], dtype=np.int64)
        self.unit = np.array([u for _, u, _ in pairs], dtype=np.int64)
        self.main = np.array([main for _, _, main in pairs], dtype=np.bool_)
        units = asked.shape[0]
        draw = generator.normal
        self.quality: FloatArray = np.asarray(draw(0, settings.quality, units) if quality is None else quality)
        by_sub: FloatArray = np.asarray(draw(0, settings.sub_index, (units, len(names))))
        self.strength: FloatArray = by_sub[:, self.sub] + draw(0, settings.item_unit, (units, len(items)))
        self.easy: FloatArray = np.asarray(draw(0, settings.item, len(items)))
        client_base: FloatArray = np.asarray(draw(0, settings.client_base, units))
        home = np.array([first[0] if first else 0 for first in dealings], dtype=np.int64)
        self.leniency: FloatArray = draw(0, settings.leniency, len(dealings)) + client_base[home]
        self.halo: FloatArray = np.asarray(draw(0, settings.halo, (len(dealings), len(names))))

    def round(self) -> Round:
        n, settings, draw = self.unit.size, self.settings, self.generator
        fearful = draw.random(n) < settings.fearful
        mood = self.leniency[self.business] + draw.normal(0, settings.dyad, n) + settings.fear_lift * fearful
        hidden = (self.quality[self.unit] + mood)[:, None] + self.strength[self.unit]
        hidden = hidden + self.halo[self.business][:, self.sub]
        rank = self._positions(hidden + settings.level + self.easy)
        careless = draw.choice(3, n, p=[1 - settings.straight - settings.random, settings.straight, settings.random])
        codes = self._codes(rank, hidden, careless)
        asked = self.asked[self.unit] & (self.main[:, None] | np.array([item.core for item in self.items]))
        missing = self._missing(asked, careless)
        pace = settings.seconds * np.exp(draw.normal(0, 0.38, n)) * np.array([1.0, 0.33, 0.42])[careless]
        fear = np.where(fearful, draw.integers(4, 6, n), draw.integers(1, 4, n))
        attentive = draw.random(n) < np.array([0.98, 0.3, 0.2])[careless]
        kinds: tuple[Literal["", "straight", "random"], ...] = ("", "straight", "random")
        sheets = tuple(
            Sheet(
                business=int(self.business[i]),
                unit=int(self.unit[i]),
                main=bool(self.main[i]),
                codes=tuple(
                    codes[i][j] if asked[i, j] and missing[i][j] is None else None for j in range(len(codes[i]))
                ),
                missing=missing[i],
                careless=kinds[careless[i]],
                fear=str(fear[i]),
                attentive=bool(attentive[i]),
                seconds=round(float(pace[i]), 1),
            )
            for i in range(n)
        )
        return Round(sheets, self._truth())

    def _cuts(self, j: int) -> FloatArray:
        steps = len(self.items[j].codes) - 1
        return np.linspace(*CUTS, steps) if steps > 1 else np.array([-0.3])

    def _positions(self, hidden: FloatArray) -> IntArray:
        """(n, J) how good the answer is, from 0; numbers stay 0."""
        noisy = hidden + self.generator.normal(0, 1, hidden.shape)
        rank = np.zeros(hidden.shape, dtype=np.int64)
        for j, item in enumerate(self.items):
            if item.codes:
                rank[:, j] = (noisy[:, [j]] > self._cuts(j)).sum(axis=1)
        return rank

    def _codes(self, rank: IntArray, hidden: FloatArray, careless: IntArray) -> list[list[str]]:
        """Answers as text. A straight line is one in the answers as printed, whichever end is good."""
        draw, n = self.generator, rank.shape[0]
        line, anything = draw.choice([0.5, 0.75, 1.0], n), draw.random(rank.shape)
        noise = np.exp(draw.normal(0, 0.55, rank.shape))
        found: list[list[str]] = [[] for _ in range(n)]
        for j, item in enumerate(self.items):
            last = len(item.codes) - 1
            sign = -1.0 if item.favourable == "low" else 1.0
            amounts = np.clip(item.typical * np.exp(0.5 * sign * hidden[:, j]) * noise[:, j], 0, item.largest)
            for i in range(n):
                if not item.codes:
                    found[i].append(_text(float(amounts[i]), item.decimals))
                    continue
                place = int(rank[i, j]) if item.favourable == "high" else last - int(rank[i, j])
                if careless[i] == 1:
                    place = round(line[i] * last)
                elif careless[i] == 2:
                    place = int(anything[i, j] * (last + 1))
                found[i].append(item.codes[place])
        return found

    def _missing(self, asked: BoolArray, careless: IntArray) -> list[tuple[str | None, ...]]:
        chance = self.generator.random(asked.shape)
        found: list[tuple[str | None, ...]] = []
        for i in range(asked.shape[0]):
            row: list[str | None] = []
            for j, item in enumerate(self.items):
                row.append(self._gap(item, chance[i, j]) if asked[i, j] and careless[i] != 1 else None)
            found.append(tuple(row))
        return found

    def _gap(self, item: Item, chance: float) -> str | None:
        edge = self.settings.skipped
        if chance < edge:
            return "left_blank"
        for escape in item.escapes:
            edge += ESCAPE_SHARES.get(escape, 0.0)
            if chance < edge:
                return escape
        return None

    def _truth(self) -> Truth:
        settings = self.settings
        spread = math.sqrt(1 + settings.leniency**2 + settings.client_base**2 + settings.dyad**2 + settings.halo**2)
        hidden = self.quality[:, None] + self.strength
        items = np.empty(hidden.shape)
        for j, item in enumerate(self.items):
            if item.codes:
                z = (hidden[:, [j]] + settings.level + self.easy[j] - self._cuts(j)) / spread
                above = np.array([[0.5 * math.erfc(-value / math.sqrt(2)) for value in row] for row in z])
                items[:, j] = 100.0 * above.sum(axis=1) / (len(item.codes) - 1)
            else:
                sign = -1.0 if item.favourable == "low" else 1.0
                items[:, j] = item.typical * np.exp(0.5 * sign * hidden[:, j])
        ordered = np.array([bool(item.codes) for item in self.items])
        overall = np.full(hidden.shape[0], np.nan)
        for u in range(hidden.shape[0]):
            scores = [
                items[u, inside].mean()
                for s in range(int(self.sub.max()) + 1)
                if (inside := self.asked[u] & ordered & (self.sub == s)).any()
            ]
            overall[u] = float(np.mean(scores)) if scores else np.nan
        return Truth(self.quality, items, overall, self.leniency)


def _text(amount: float, decimals: int) -> str:
    return f"{amount:.{decimals}f}"
