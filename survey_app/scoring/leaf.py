"""The ends of the plan's branches: where a figure comes from, which statistic it is, how it comes to 0–100."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from survey_app.scoring.normalise import OWN_SCALE, Direction, FloatArray, Method, Outside, goalposts

Text = dict[str, str]
Statistic = Literal["mean", "share", "top_box", "median"]
YES_NO = {"yes": 1.0, "no": 0.0}


class Normalise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How figures come to a common scale. `bounded` methods give 0–100, which becomes the plan's shown scale; others
    have a scale of their own."""

    method: Method
    low: float | None = None
    high: float | None = None
    outside: Outside = "clip"
    bounds: Literal["own_year", "pooled", "fixed"] | None = None
    rounds: int | None = None
    # Unset in plans from before there were such: a field that is added later must not change their hash.
    unit: str | msgspec.UnsetType = msgspec.UNSET
    target: float | msgspec.UnsetType = msgspec.UNSET
    mean: float | msgspec.UnsetType = msgspec.UNSET
    sd: float | msgspec.UnsetType = msgspec.UNSET
    factor: float | msgspec.UnsetType = msgspec.UNSET

    @property
    def bounded(self) -> bool:
        return self.method not in OWN_SCALE

    @property
    def relative(self) -> bool:
        """A unit's score depends on the other units of its year."""
        return self.method != "goalposts" and self.bounds != "fixed"

    def ends(self) -> tuple[float, float]:
        """Fixed ends of the scale; only for methods that have them (checked when the plan is read)."""
        if self.low is None or self.high is None:
            raise ValueError("this normalisation has no fixed ends")
        return self.low, self.high


class Impute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How gaps of hard data are filled; `group`: a column of the values."""

    method: Literal["mean", "median", "group_mean", "group_median", "latest", "linear", "none"]
    group: str | None = None


class Treat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Outliers: a figure passes if |skew| < `skew` or kurtosis < `kurtosis`; else up to `winsorise` points are drawn
    in, and where that does not help the untouched figure is transformed."""

    winsorise: int = 5
    skew: float = 2.0
    kurtosis: float = 3.5
    then: Literal["none", "log", "log_gii", "box_cox"] = "none"


UNIT_INTERVAL = Normalise(method="goalposts", low=0.0, high=1.0)


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One figure at the end of a branch: a question's statistic, a hard figure or the panel's points."""

    id: str
    source: Literal["question", "hard", "panel"] = "question"
    question: str | None = None
    statistic: Statistic | None = None
    direction: Direction = "higher"
    codes: tuple[str, ...] = ()
    at_least: float | None = None
    values: dict[str, float] | None = None
    not_counted: tuple[str, ...] = ()
    normalise: Normalise | None = None
    points: float | None = None
    label: Text | None = None
    measure: Text | None = None
    decimals: int = 1
    kinds: tuple[str, ...] = ()
    denominator: str | msgspec.UnsetType = msgspec.UNSET
    impute: Impute | msgspec.UnsetType = msgspec.UNSET
    treat: Treat | msgspec.UnsetType = msgspec.UNSET
    evidence: bool | msgspec.UnsetType = msgspec.UNSET

    @property
    def question_id(self) -> str:
        return self.question or self.id

    @property
    def scale(self) -> Normalise:
        """How the figure comes to 0–100; a share and a top box lie on 0…1 already, points on 0…`points`."""
        if self.source == "panel" and self.normalise is None:
            return Normalise(method="goalposts", low=0.0, high=self.points)
        return self.normalise or UNIT_INTERVAL

    @property
    def relative(self) -> bool:
        """A question whose score depends on the other units of its year."""
        return self.source == "question" and self.scale.relative

    def absolute(self) -> Leaf:
        """The question on the fixed ends of its answers; other leaves as they are."""
        if not self.relative:
            return self
        return msgspec.structs.replace(self, normalise=Normalise("goalposts", self.scale.low, self.scale.high))

    @property
    def adjustable(self) -> bool:
        """Means, shares and top boxes enter the adjustment; medians are facts (hours, visits) and do not."""
        return self.statistic != "median"

    def number(self, code: str) -> float | None:
        """The answered code or number text as the number that `Sheets.x` holds; None = not counted.

        Raises ValueError where the plan gives no number to a code: `check_against` finds these before a round opens.
        """
        if code in self.not_counted:
            return None
        if self.statistic == "share":
            return 1.0 if code in self.codes else 0.0
        if self.values is not None and code in self.values:
            return self.values[code]
        return YES_NO[code] if code in YES_NO else float(code)

    def mapped(self, x: FloatArray) -> FloatArray:
        """Answers on 0–100 (any shape); goalposts act on the answer here. Not for medians."""
        answers = np.where(np.isnan(x), np.nan, x >= self.at_least) if self.at_least is not None else x
        low, high = self.scale.ends()
        return goalposts(answers, low, high, self.direction, self.scale.outside)

    def answer_score(self, code: str) -> float | None:
        """One answer on 0–100; None where it is not counted. Not for medians."""
        number = self.number(code)
        return None if number is None else float(self.mapped(np.array(number)))

    def score(self, statistic: float) -> float:
        """A finished statistic (a median, a share) on 0–100."""
        low, high = self.scale.ends()
        return float(goalposts(np.array(statistic), low, high, self.direction, self.scale.outside))
