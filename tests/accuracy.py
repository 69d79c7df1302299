"""How well each way of estimating finds the true order, in rounds whose truth is known: `python -m tests.accuracy`.

tau        Kendall's tau of the expected ranks with the true order
coverage   share of units whose 90 % rank interval holds the true rank; width: its mean, in ranks
gain       ranks that a unit wins by fake sheets for it (15 % of its own), where there are any

product           as `index estimate` does it; rounded: as the count stores it
naive mean        unit means of all sheets, intervals from businesses
no client base    the same model with leniency of businesses alone (ρ = 0)
within business   differences that businesses see between the units they rate
oracle            leniency and fear of every sheet known and taken out, careless and false sheets known and dropped
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np

from survey_app.scoring import fits, intervals, leniency, ranks, selftest
from survey_app.scoring.estimate import CountedGroup, Estimates, estimate_group
from survey_app.scoring.fits import Components, Design, Fit, Model
from survey_app.scoring.index import Given, index
from survey_app.scoring.sheets import BoolArray
from tests.known_rounds import OWN_SCENARIOS, SHARED_SCENARIOS, TOOL, Known, known_round

SEED, ROUNDS, SIZES = 9000, 60, (12, 20, 30)


class Order(msgspec.Struct, frozen=True):
    """(U,) expected ranks and the bounds of the rank intervals."""

    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Figures(msgspec.Struct, frozen=True):
    tau: float
    coverage: float
    width: float
    gain: float | None

    def __str__(self) -> str:
        gain = "" if self.gain is None else f"  gain {self.gain:+.2f}"
        return f"{self.tau:.3f} / {self.coverage:.3f}  width {self.width:5.2f}{gain}"


Estimator = Callable[[Known, int], Order]


def by_engine(rounded: bool) -> Estimator:
    """The whole way: estimate, index, order."""

    def find(known: Known, seed: int) -> Order:
        found = estimate_group(known.plan, known.sheets, known.flags.flagged, rounded)
        standings = index(known.plan, Estimates((found,)), Given(seed=seed)).groups[0].standings
        place = {unit: u for u, unit in enumerate(known.sheets.group.units)}
        order = unknown(len(place))  # of units with too few sheets to be ranked
        for one in standings:
            u = place[one.unit]
            order.expected[u], order.low[u], order.high[u] = one.expected_rank, one.rank_low, one.rank_high
        return order

    return find


def unknown(units: int) -> Order:
    """Anywhere."""
    return Order(np.full(units, (1 + units) / 2), np.ones(units), np.full(units, float(units)))


def by_composite(model: Model, left_out: Callable[[Known], BoolArray]) -> Estimator:
    """A model on the sheets' composites, which is the same as on sub-indices at the plan's weights."""

    def order(known: Known, seed: int) -> Order:
        return ordered(*composites(known, left_out(known)), model, seed)

    return order


def composites(known: Known, left_out: BoolArray) -> tuple[np.ndarray, Design]:
    """y (n,) of the sheets that count, and their design."""
    group = CountedGroup(known.plan, known.sheets, left_out)
    design = group.design()
    return group.y() @ design.weights, msgspec.structs.replace(design, weights=np.ones(1))


def ordered(y: np.ndarray, design: Design, model: Model, seed: int) -> Order:
    fit = model(y[:, None], design)
    theta, covariance = fit.theta[:, 0], covariance_of(fit, design)
    members = np.flatnonzero(~np.isnan(theta))
    post = ranks.posterior(theta[members], covariance[np.ix_(members, members)])
    ranking = ranks.rank([f"U{u:02d}" for u in members], post, seed)
    found = unknown(design.units)
    found.expected[members] = ranking.expected
    found.low[members], found.high[members] = ranking.low, ranking.high
    return found


def covariance_of(fit: Fit, design: Design) -> np.ndarray:
    """(U, U) of one score by the model, or from the businesses' influence."""
    if fit.covariance is not None:
        return fit.covariance
    influence = fit.weights(slice(None)) * fit.residuals[:, 0]
    by_business = np.zeros((design.place[-1] + 1, design.units))
    np.add.at(by_business, design.place, influence.T)
    return intervals.sandwich(by_business.T @ by_business, by_business.shape[0])


def without_client_base(y: np.ndarray, design: Design) -> Fit:
    """The model's grid at ρ = 0 only."""
    moments = leniency.Moments(y, design)
    grid = [
        point if point.rho == 0 else msgspec.structs.replace(point, deviance=np.full(1, np.inf))
        for point in leniency.grid_of(moments, design.weights[None, :])
    ]
    return leniency.averaged(moments, y, design, grid)


def oracle(known: Known, seed: int) -> Order:
    """What is left when leniency and fear are taken out by their true amounts."""
    y, design = composites(known, ~known.genuine)
    counted = CountedGroup(known.plan, known.sheets, ~known.genuine).counted.rows
    true = np.stack([known.leniency, known.afraid.astype(float)], axis=1)[counted]
    return ordered(y, msgspec.structs.replace(design, covariates=true, reference=np.zeros(2)), by_dummies, seed)


def by_dummies(y: np.ndarray, design: Design) -> Fit:
    """Least squares on units and covariates; covariance by businesses' influence is left to the caller."""
    x = np.hstack([fits.member(design.unit, design.units).T, design.covariates - design.reference])
    inverse = np.linalg.pinv(x.T @ x)
    beta = inverse @ x.T @ y
    weights = inverse[: design.units] @ x.T
    return Fit(beta[: design.units], y - x @ beta, lambda at: weights[:, at], Components(0.0, 0.0))


ESTIMATORS: dict[str, Estimator] = {
    "product": by_engine(rounded=False),
    "product, rounded": by_engine(rounded=True),
    "naive mean": by_composite(fits.fit_means, lambda known: np.zeros(known.sheets.count, dtype=np.bool_)),
    "no client base": by_composite(without_client_base, lambda known: known.flags.flagged),
    "within business": by_composite(fits.fit_within, lambda known: known.flags.flagged),
    "oracle": oracle,
}


def kept(known: Known, order: Order) -> tuple[float, float, float, float | None]:
    """tau, coverage, width, gain of one round."""
    truth = 1 + (known.truth[None, :] > known.truth[:, None]).sum(axis=1)
    inside = (order.low <= truth) & (truth <= order.high)
    place = 1 + (order.expected[None, :] < order.expected[:, None]).sum(axis=1)
    gain = float(truth[known.target] - place[known.target]) if known.target >= 0 else None
    tau = selftest.kendall(-order.expected, known.truth)
    return tau, float(inside.mean()), float((order.high - order.low).mean()), gain


def measured(
    scenario: str, units: int, seeds: Iterable[int], estimators: dict[str, Estimator], **over: object
) -> dict[str, Figures]:
    """Each estimator over the same rounds."""
    found: dict[str, list[tuple[float, float, float, float | None]]] = {name: [] for name in estimators}
    for seed in seeds:
        known = known_round(scenario, units, seed, **over)
        for name, estimator in estimators.items():
            found[name].append(kept(known, estimator(known, seed)))
    return {name: _mean(rounds) for name, rounds in found.items()}


def _mean(rounds: Sequence[tuple[float, float, float, float | None]]) -> Figures:
    tau, coverage, width = (float(np.mean([one[k] for one in rounds])) for k in range(3))
    gains = [one[3] for one in rounds if one[3] is not None]
    return Figures(tau, coverage, width, float(np.mean(gains)) if gains else None)


def scenarios_here() -> list[str]:
    """The independent simulator's where it is, and our own."""
    if TOOL.is_file():
        return [*SHARED_SCENARIOS, *OWN_SCENARIOS]
    print(f"{TOOL} is not here (SURVEY_SHARED names another place): our own simulator only")
    return list(OWN_SCENARIOS)


def table(rounds: int, sizes: Sequence[int], scenarios: Sequence[str], seed: int = SEED) -> None:
    """Print the figures: tau / coverage, width and gain."""
    print(f"accuracy over {rounds} rounds, seeds from {seed}: tau / coverage of the 90 % rank interval, its width")
    for scenario in scenarios:
        for units in sizes:
            found = measured(scenario, units, range(seed, seed + rounds), ESTIMATORS)
            for name, figures in found.items():
                print(f"{scenario:16} {units:3} units  {name:17} {figures}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--units", type=int, nargs="+", default=SIZES)
    parser.add_argument("--scenarios", nargs="+", default=None)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    table(given.rounds, given.units, given.scenarios or scenarios_here(), given.seed)
