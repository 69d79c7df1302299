"""Small plans and rounds for the scoring tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from survey_app.scoring.plan import Plan
from survey_app.scoring.plan_load import load_plan

TINY = """
format: survey-app/plan/1
id: tiny
questionnaire: tiny
shown_on: {min: 0, max: 100, decimals: 1}
tree:
  id: index
  label: {vi: Chỉ số}
  children:
    - id: business
      label: {vi: Doanh nghiệp}
      weight: 70
      children:
        - id: transparency
          label: {vi: Minh bạch}
          weight: 60
          children:
            - {id: mb01, weight: 2}
            - {id: mb02, weight: 1}
            - {id: mb03, weight: 1}
            - {id: mb04, weight: 0}
        - id: time
          label: {vi: Thời gian}
          weight: 40
          children:
            - {id: tg01, weight: 1}
            - {id: tg02, weight: 1}
            - {id: tg03, weight: 2}
    - id: department
      label: {vi: Cơ quan}
      weight: 30
      children:
        - {id: tasks, weight: 2}
        - {id: clearance, weight: 1}
leaves:
  - {id: mb01, statistic: mean, normalise: {method: goalposts, low: 1, high: 5}}
  - {id: mb02, statistic: mean, direction: lower, normalise: {method: goalposts, low: 1, high: 5}}
  - {id: mb03, statistic: share, codes: [yes], direction: lower}
  - {id: mb04, statistic: mean, normalise: {method: goalposts, low: 1, high: 5}}
  - {id: tg01, statistic: median, direction: lower, normalise: {method: goalposts, low: 0, high: 48}}
  - {id: tg02, statistic: top_box, at_least: 4}
  - {id: tg03, statistic: mean, direction: lower, values: {none: 0, few: 1, many: 2},
     normalise: {method: goalposts, low: 0, high: 2}}
  - {id: tasks, source: panel, points: 10, label: {vi: Nhiệm vụ}}
  - {id: clearance, source: hard, direction: lower, label: {vi: Thông quan},
     normalise: {method: min_max, bounds: own_year}}
"""


@pytest.fixture
def tiny() -> Plan:
    """Two sub-indices of the businesses (70), the Department's part (30): every statistic, both kinds of figure."""
    return load_plan(TINY)


@pytest.fixture
def tiny_text() -> str:
    return TINY


@pytest.fixture
def load() -> Callable[[str], Plan]:
    return load_plan
