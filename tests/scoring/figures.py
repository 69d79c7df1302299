"""A small unit-level index: two pillars and a figure under the root, six units, some arithmetic for numbers."""

from __future__ import annotations

from functools import partial

import numpy as np

from survey_app.scoring.compute import Steps, Values, compute
from survey_app.scoring.plan import Plan
from survey_app.scoring.plan_load import load_plan
from survey_app.scoring.robustness import Score

UNITS = ("A", "B", "C", "D", "E", "F")
TEXT = """
format: survey-app/plan/1
id: small
shown_on: {min: 0, max: 100, decimals: 2}
treat: {winsorise: 2, skew: 2, kurtosis: 3.5, then: none}
normalise: {method: min_max, bounds: own_year}
tree:
  id: index
  children:
    - id: roads
      weight: 2
      children:
        - {id: length, weight: 1}
        - {id: holes, weight: 3}
    - id: ports
      weight: 1
      children:
        - {id: ships, weight: 1}
        - {id: cranes, weight: 1}
    - {id: trust, weight: 1}
leaves:
  - {id: length, source: hard}
  - {id: holes, source: hard, direction: lower}
  - {id: ships, source: hard}
  - {id: cranes, source: hard}
  - {id: trust, source: hard}
"""
FIGURES = {
    "length": [10.0, 30.0, 20.0, 50.0, 40.0, 15.0],
    "holes": [4.0, 3.0, 9.0, 5.0, 1.0, 7.0],
    "ships": [100.0, 80.0, 20.0, 60.0, 40.0, 90.0],
    "cranes": [3.0, 5.0, 4.0, 1.0, 2.0, 6.0],
    "trust": [0.5, 0.9, 0.1, 0.3, 0.6, 0.4],
}


def plan(text: str = TEXT) -> Plan:
    return load_plan(text)


def values(units: int = len(UNITS), **changed: list[float]) -> Values:
    columns = {name: np.array(numbers[:units]) for name, numbers in (FIGURES | changed).items()}
    return Values(UNITS[:units], columns)


def steps(text: str = TEXT, of: Values | None = None) -> Steps:
    return compute(plan(text), of or values())


def score(of: Values | None = None) -> Score:
    return partial(compute, values=of or values())
