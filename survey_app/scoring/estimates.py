"""What the count leaves of a round's sheets, as it is stored and read: scores, numbers and covariance of a group."""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring import intervals
from survey_app.scoring.fits import Components
from survey_app.scoring.normalise import FloatArray

SURE = 9  # decimals that every machine computes alike
Matrix = tuple[tuple[float, ...], ...]
OptionalMatrix = tuple[tuple[float | None, ...], ...]
Counts = tuple[tuple[int, ...], ...]


class SubIndexItems(msgspec.Struct, frozen=True):
    """The items of one sub-index that are asked in the whole group, with the plan's weights (0 = shown only)."""

    id: str
    items: tuple[str, ...]
    weights: tuple[float, ...]


class Linkage(msgspec.Struct, frozen=True):
    """What the adjustment rests on: businesses that rated two units or more; (U,) share of a unit's sheets that are
    theirs, None where it may not be told; units that no chain of businesses joins to the largest set of joined ones."""

    businesses: int
    shares: tuple[float | None, ...]
    apart: tuple[int, ...]


class Fear(msgspec.Struct, frozen=True):
    """What fear adds to scores, over all units of the group, on 0–100: a business that holds back gives `step` more; if
    nobody did, scores would change by `without`."""

    step: float
    without: float


class GroupEstimate(msgspec.Struct, frozen=True):
    """One peer group. U units, J items in the sub-indices' order, S sub-indices.

    theta (U, J) on 0–100, None without answers; n (U, J) answers; n_sub (U, S) sheets with at least half of the
    sub-index answered; n_sheets (U,) sheets counted; businesses (U,) that sent them; covariance (U·S, U·S), unit-major,
    of the sub-index scores, empty where fewer than two businesses answered. `components` None: no leniency taken out.
    Every n counts businesses, once each, also where a business has several sheets on a group of teams.
    """

    id: str
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    sub_indices: tuple[SubIndexItems, ...]
    theta: OptionalMatrix
    n: Counts
    n_sub: Counts
    n_sheets: tuple[int, ...]
    businesses: tuple[int, ...]
    covariance: Matrix
    components: Components | None = None
    linkage: Linkage | msgspec.UnsetType = msgspec.UNSET
    fear: Fear | msgspec.UnsetType | None = msgspec.UNSET
    sandwich: float | msgspec.UnsetType | None = msgspec.UNSET

    def theta_array(self) -> FloatArray:
        """(U, J), NaN where None."""
        rows = [[np.nan if value is None else value for value in row] for row in self.theta]
        return np.array(rows, dtype=np.float64).reshape(len(self.units), -1)

    def sub_scores(self) -> FloatArray:
        """θ_us (U, S): weighted means of the stored θ_uj; NaN where no weighted item has answers."""
        theta, first, columns = self.theta_array(), 0, []
        for sub in self.sub_indices:
            part = theta[:, first : first + len(sub.items)]
            mass = np.where(np.isnan(part), 0.0, np.array(sub.weights))
            total = mass.sum(axis=1)
            score = (mass * np.nan_to_num(part)).sum(axis=1) / np.where(total > 0, total, 1.0)
            columns.append(np.where(total > 0, score, np.nan))
            first += len(sub.items)
        return np.array(columns).reshape(len(self.sub_indices), len(self.units)).T

    def sub_score(self, name: str) -> FloatArray:
        """θ_us (U,) of one sub-index."""
        place = [sub.id for sub in self.sub_indices].index(name)
        return np.asarray(self.sub_scores()[:, place])

    def item(self, name: str) -> FloatArray:
        """θ_uj (U,) of one item, NaN without answers."""
        place = [item for sub in self.sub_indices for item in sub.items].index(name)
        return np.asarray(self.theta_array()[:, place])

    def covariance_array(self) -> FloatArray | None:
        """Σ, symmetric and with no negative eigenvalue (rounding can make one); None where it is unknown."""
        return intervals.positive_part(np.array(self.covariance)) if self.covariance else None


class Estimates(msgspec.Struct, frozen=True):
    groups: tuple[GroupEstimate, ...]
