"""Signs of careless answering, one number a sheet and sign: to be looked at together, never a ground for deletion
alone. How many are beyond their cuts is a logged score: see `beyond`.

All take answers x (n, J) in the order they were asked, NaN = not answered, and give (n,), NaN where the sheet tells
nothing. Definitions: Curran 2016; Meade and Craig 2012; Yentes and Wilhelm (R's careless); person fit: Donlon and
Fischer 1968. Cuts: Curran 2016; Meade and Craig 2012; of the spread Jaso, Kraus and Heller 2022.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
import numpy as np
from scipy import special

from survey_app.scoring.cleaning import SAME_SHARE
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import BoolArray, IntArray

SYNONYMS = 0.5  # correlation above which two items say nearly the same
LEAST_PAIRS = 3  # a correlation within a sheet needs as many
FLAT = 1e-12  # sums of squares below this are rounding
REAL = 1e-10  # of the largest eigenvalue; below it a dimension follows from others
ROWS = 256  # sheets at a time

# Cuts of `beyond`. The literature has them for single signs; what several together mean, nobody has settled.
LONGEST = 0.5  # a run of at least this share of the items asked (Curran 2016)
MODAL = SAME_SHARE  # above this share: as in cleaning, for the 60 % of Jaso et al. are of sliders from 0 to 100
SPREAD = 0.2  # up to 5 % of the scale's length (Jaso et al. 2022), in distances of five points
CHANCE = 0.001  # of as large a distance: the usual level for outliers in many dimensions (Tabachnick and Fidell)
CONSISTENT = 0.0  # the correlations below it (Curran 2016; Meade and Craig 2012)
CORRELATIONS = ("even_odd", "synonyms", "fit")
COMMON = 0.15  # more of the sheets are hardly careless: 10 to 12 % were (Meade and Craig 2012)


class Signs(msgspec.Struct, frozen=True):
    """(n,) each. `longest` and `average` runs of equal answers; `deviation` within the sheet; `modal` share of its most
    frequent answer; `distance` (squared Mahalanobis) and its `chance` under the normal; `even_odd`, `synonyms`, `fit`
    in −1…1, low or negative = careless."""

    longest: FloatArray
    average: FloatArray
    deviation: FloatArray
    modal: FloatArray
    distance: FloatArray
    chance: FloatArray
    even_odd: FloatArray
    synonyms: FloatArray
    fit: FloatArray


def signs(x: FloatArray, scales: Sequence[int]) -> Signs:
    """All signs of one group's sheets; `scales` as in `even_odd`."""
    longest, average = runs(x)
    distance, chance = mahalanobis(x)
    return Signs(
        longest=longest,
        average=average,
        deviation=deviation(x),
        modal=modal_share(x),
        distance=distance,
        chance=chance,
        even_odd=even_odd(x, scales),
        synonyms=synonyms(x),
        fit=person_fit(x),
    )


def beyond(found: Signs, asked: IntArray, counted: Collection[str] | None = None) -> IntArray:
    """(n,) how many signs lie beyond their cuts, of the seven that have one or of those `counted`; a sign that is
    unknown does not. `asked` (n,) items asked on each sheet; the signs must come from answers on five points' length.
    """
    parts = [mark & (counted is None or name in counted) for name, mark in marks(found, asked).items()]
    return np.asarray(np.sum(parts, axis=0, dtype=np.int64))


def marks(found: Signs, asked: IntArray) -> dict[str, BoolArray]:
    """Sign → (n,) beyond its cut; the average run has none."""
    return {
        "longest": found.longest >= LONGEST * np.maximum(asked, 1),
        "deviation": found.deviation <= SPREAD,
        "modal": found.modal > MODAL,
        "chance": found.chance < CHANCE,
        **{name: getattr(found, name) < CONSISTENT for name in CORRELATIONS},
    }


def telling(found: Signs) -> dict[str, bool]:
    """Whether a correlation within the sheet tells anything in this group. Where questions differ little, honest
    sheets lie below 0 as often as not: then it speaks of the questions, and many sheets are beyond the cut."""
    shares = {name: _share(getattr(found, name)) for name in CORRELATIONS}
    return {name: share <= COMMON for name, share in shares.items()}


def _share(sign: FloatArray) -> float:
    """Of the known ones below the cut; a single sheet is no share."""
    below, known = int((sign < CONSISTENT).sum()), int((~np.isnan(sign)).sum())
    return below / known if below > 1 else 0.0


def runs(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Longest and average run of equal answers, in answers; a question left out does not end a run."""
    n = x.shape[0]
    last, run = np.full(n, np.nan), np.zeros(n)
    longest, count, answered = np.zeros(n), np.zeros(n), np.zeros(n)
    for answer in x.T:
        given = ~np.isnan(answer)
        same = given & (answer == last)
        run = np.where(same, run + 1, np.where(given, 1.0, run))
        count += given & ~same
        answered += given
        longest = np.maximum(longest, run)
        last = np.where(given, answer, last)
    return np.where(answered > 0, longest, np.nan), answered / np.where(count > 0, count, np.nan)


def deviation(x: FloatArray) -> FloatArray:
    """Intra-individual response variability: standard deviation (with n − 1) of a sheet's answers."""
    known = ~np.isnan(x)
    number = known.sum(axis=1)
    several = np.where(number > 1, number, np.nan)
    centred = np.where(known, x - _row_means(x)[:, None], 0.0)
    return np.asarray(np.sqrt((centred**2).sum(axis=1) / (several - 1)))


def modal_share(x: FloatArray) -> FloatArray:
    """Share of a sheet's answers that are its most frequent one."""
    answered = (~np.isnan(x)).sum(axis=1)
    return np.asarray(runs(np.sort(x, axis=1))[0] / np.where(answered > 0, answered, np.nan))


def mahalanobis(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Squared Mahalanobis distance from the group's mean over the items answered, and the chance of one as large (χ²
    with as many degrees of freedom as these have dimensions: items that follow from others add none).

    Means and covariances are over the sheets that answer both items; unknown where there are fewer than two of these.
    """
    mean, covariance = _moments(x)
    varied = np.nan_to_num(np.diag(covariance)) > FLAT
    if not varied.any():
        return np.full(x.shape[0], np.nan), np.full(x.shape[0], np.nan)
    z, block = x[:, varied] - mean[varied], covariance[np.ix_(varied, varied)]
    if _regular(block):
        distance, dimensions = _distances(z, block)
    else:
        distance, dimensions = _distances_in_part(z, block)
    chance = special.chdtrc(np.maximum(dimensions, 1), np.where(np.isnan(distance), 0.0, distance))
    return distance, np.where(np.isnan(distance), np.nan, chance)


def _regular(covariance: FloatArray) -> bool:
    if np.isnan(covariance).any():
        return False
    values = np.linalg.eigvalsh(covariance)
    return bool(values[0] > REAL * values[-1])


def _distances(z: FloatArray, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """z′V⁻¹z and dimensions (n,), over what each row knows: unknown items are cut loose from the others, at 0."""
    known = ~np.isnan(z)
    found = np.empty(z.shape[0])
    for start in range(0, z.shape[0], ROWS):
        there = known[start : start + ROWS]
        given = np.where(there, z[start : start + ROWS], 0.0)
        loose = np.where(there[:, :, None] & there[:, None, :], covariance, np.eye(z.shape[1]))
        found[start : start + ROWS] = (given * np.linalg.solve(loose, given[:, :, None])[:, :, 0]).sum(axis=1)
    dimensions = known.sum(axis=1).astype(np.float64)
    return np.where(dimensions > 0, found, np.nan), dimensions


def _distances_in_part(z: FloatArray, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """As `_distances`, where items follow from others or are never answered together: by pattern of gaps, slower."""
    distance, dimensions = np.full(z.shape[0], np.nan), np.zeros(z.shape[0])
    patterns, pattern_of = np.unique(~np.isnan(z), axis=0, return_inverse=True)
    for place, answered in enumerate(patterns):
        block = covariance[np.ix_(answered, answered)]
        if not answered.any() or np.isnan(block).any():
            continue
        values, vectors = np.linalg.eigh(block)
        real = values > REAL * values[-1]
        mine = np.flatnonzero(pattern_of.ravel() == place)
        distance[mine] = ((z[np.ix_(mine, answered)] @ vectors[:, real]) ** 2 / values[real]).sum(axis=1)
        dimensions[mine] = real.sum()
    return distance, dimensions


def mahalanobis_cut(dimensions: int, level: float = 0.999) -> float:
    """Squared distance that a share `level` of honest, normal sheets of as many items stays below."""
    return float(special.chdtri(dimensions, 1 - level))


def even_odd(x: FloatArray, scales: Sequence[int]) -> FloatArray:
    """Even-odd consistency: correlation over the scales between the means of their odd and even items, stepped up to
    full length by Spearman and Brown (2r/(1+r)), from −1; +1 = consistent. `scales`: how many items each has, one after
    another. Unknown with fewer than three scales of two items. ValueError where the items do not add up to J.

    R's careless 1.2.2 gives the same with the opposite sign.
    """
    if sum(scales) != x.shape[1] or any(size < 1 for size in scales):
        raise ValueError(f"even-odd: the scales have {sum(scales)} items, the answers {x.shape[1]}; list every scale")
    odd, even = np.empty((x.shape[0], len(scales))), np.empty((x.shape[0], len(scales)))
    for place, size in enumerate(scales):
        start = sum(scales[:place])
        odd[:, place] = _row_means(x[:, start : start + size : 2])
        even[:, place] = _row_means(x[:, start + 1 : start + size : 2])
    r = _row_correlation(odd, even)
    opposite = r < -1 + FLAT
    return np.asarray(np.where(opposite, -1.0, np.maximum(2 * r / np.where(opposite, 1.0, 1 + r), -1.0)))


def synonyms(x: FloatArray, above: float = SYNONYMS) -> FloatArray:
    """Psychometric synonyms: correlation within a sheet over the pairs of items that correlate above `above` in the
    group. Unknown where the sheet answers fewer than three such pairs."""
    first, second = synonym_pairs(x, above)
    return _row_correlation(x[:, first], x[:, second])


def synonym_pairs(x: FloatArray, above: float = SYNONYMS) -> tuple[IntArray, IntArray]:
    """Items (K,), (K,) of the pairs, the later one first: which stands first matters, for a sheet's correlation is over
    pairs, not over items."""
    r = _pair_correlation(x)
    earlier, later = np.nonzero(np.triu(np.nan_to_num(r, nan=-1.0) > above, 1))
    return later, earlier


def person_fit(x: FloatArray) -> FloatArray:
    """Person-total correlation: of a sheet's answers with the others' mean answers to the same items. Near 0: answered
    as if not read; negative: against the group."""
    known = ~np.isnan(x)
    given = np.where(known, x, 0.0)
    others = known.sum(axis=0) - known
    means = np.where(others > 0, (given.sum(axis=0) - given) / np.where(others > 0, others, 1), np.nan)
    return _row_correlation(x, means)


def _row_correlation(a: FloatArray, b: FloatArray) -> FloatArray:
    """(n,) correlation of a and b (n, K) within each row, over what both know."""
    both = ~np.isnan(a) & ~np.isnan(b)
    number = both.sum(axis=1)
    share = np.where(number > 0, number, np.nan)[:, None]
    left, right = np.where(both, a, 0.0), np.where(both, b, 0.0)
    left = np.where(both, left - left.sum(axis=1, keepdims=True) / share, 0.0)
    right = np.where(both, right - right.sum(axis=1, keepdims=True) / share, 0.0)
    squares = (left**2).sum(axis=1), (right**2).sum(axis=1)
    enough = (number >= LEAST_PAIRS) & (squares[0] > FLAT) & (squares[1] > FLAT)
    root = np.sqrt(np.where(enough, squares[0] * squares[1], np.nan))
    return np.asarray(np.clip((left * right).sum(axis=1) / root, -1.0, 1.0))


def _moments(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean (J,) and covariance (J, J) over the sheets that answer both; NaN below two."""
    known = ~np.isnan(x)
    there = known.astype(np.float64)
    number = there.sum(axis=0)
    mean = np.where(known, x, 0.0).sum(axis=0) / np.where(number > 0, number, np.nan)
    z = np.where(known, x - mean, 0.0)
    both = there.T @ there
    pairs = np.where(both > 1, both, np.nan)
    return mean, np.asarray((z.T @ z - (z.T @ there) * (there.T @ z) / pairs) / (pairs - 1))


def _pair_correlation(x: FloatArray) -> FloatArray:
    known = ~np.isnan(x)
    there = known.astype(np.float64)
    z = np.where(known, x - _moments(x)[0], 0.0)
    both = there.T @ there
    pairs = np.where(both > 1, both, np.nan)
    own = (z**2).T @ there - (z.T @ there) ** 2 / pairs
    cross = z.T @ z - (z.T @ there) * (there.T @ z) / pairs
    root = np.sqrt(np.clip(own * own.T, 0.0, None))
    return np.asarray(cross / np.where(root > FLAT, root, np.nan))


def _row_means(x: FloatArray) -> FloatArray:
    known = ~np.isnan(x)
    number = known.sum(axis=1)
    return np.asarray(np.where(known, x, 0.0).sum(axis=1) / np.where(number > 0, number, np.nan))
