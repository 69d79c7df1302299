"""The example Cục's businesses and their dealings. All invented; numbers are near those of published rounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_app.fieldwork.frame import FrameLine

BUSINESSES = 700

# Units that the demo rates, with their share of businesses as main unit. Móng Cái is the busiest gate.
MAIN = {
    "CC-MCAI": 0.27,
    "CC-HGAI": 0.20,
    "CC-CPHA": 0.15,
    "CC-VGIA": 0.15,
    "CC-HMO": 0.10,
    "CC-BPS": 0.08,
    "CC-KTSTQ": 0.05,
}
SECOND = {"P-GSQL": 0.22, "P-TXNK": 0.22}  # the rest: another chi cục, the nearer the likelier
# Teams of a chi cục by how many of its clients deal with them most.
TEAMS = {
    "CC-MCAI": {"CC-MCAI-TT": 0.46, "CC-MCAI-KTGS1": 0.24, "CC-MCAI-KTGS2": 0.24, "CC-MCAI-KS": 0.06},
    "CC-VGIA": {"CC-VGIA-TT": 0.70, "CC-VGIA-GSKS": 0.30},
    "CC-HMO": {"CC-HMO-NV": 0.90, "CC-HMO-TKS": 0.10},
    "CC-BPS": {"CC-BPS-NV": 0.88, "CC-BPS-TKS": 0.12},
    "CC-CPHA": {"CC-CPHA-NV": 1.0},
    "CC-HGAI": {"CC-HGAI-NV": 1.0},
    "CC-KTSTQ": {"CC-KTSTQ-KT": 1.0},
}
UNITS = (*MAIN, *SECOND, *(team for teams in TEAMS.values() for team in teams))
# Along the coast and the border, from port to gate: whoever deals with two units deals with neighbours.
COAST = ("CC-HGAI", "CC-CPHA", "CC-VGIA", "CC-MCAI", "CC-BPS", "CC-HMO")

STRATA = ("Trong tỉnh, quy mô nhỏ", "Trong tỉnh, quy mô vừa và lớn", "Ngoài tỉnh", "Có vốn đầu tư nước ngoài")


@dataclass(frozen=True)
class Client:
    """A business of the frame: `units` it dealt with, main unit first; `teams` by unit."""

    line: FrameLine
    units: tuple[str, ...]
    teams: dict[str, str]


def clients(seed: int) -> list[Client]:
    """The frame: which business dealt with which units and teams."""
    generator = np.random.default_rng(seed)
    return [client(number, generator) for number in range(1, BUSINESSES + 1)]


def client(number: int, generator: np.random.Generator) -> Client:
    """One business."""
    main = pick(MAIN, generator)
    units = [main]
    if generator.random() < 0.55:
        units.append(second_unit(main, generator))
    teams = {unit: pick(TEAMS[unit], generator) for unit in units if unit in TEAMS}
    line = FrameLine(
        tax_code=f"57{number:08d}",
        name=f"Doanh nghiệp mô phỏng số {number:03d}",
        units=(*units, *teams.values()),
        address="Địa chỉ mô phỏng, Quảng Ninh",
        stratum=str(generator.choice(STRATA, p=[0.34, 0.22, 0.30, 0.14])),
    )
    return Client(line, tuple(units), teams)


def second_unit(main: str, generator: np.random.Generator) -> str:
    """Another unit: a division, or a neighbour along the coast."""
    if main not in COAST or generator.random() < sum(SECOND.values()):
        return pick(SECOND, generator)
    place = COAST.index(main)
    return pick({unit: 2.0 ** -abs(COAST.index(unit) - place) for unit in COAST if unit != main}, generator)


def pick(weights: dict[str, float], generator: np.random.Generator) -> str:
    """One of the keys, by weight."""
    shares = np.array(list(weights.values()))
    return str(generator.choice(list(weights), p=shares / shares.sum()))
