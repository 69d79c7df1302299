"""What is told of businesses that rated several units: all to a statistician, nothing below ten by the count."""

from __future__ import annotations

import numpy as np
import pytest

from survey_app.scoring import fits
from survey_app.scoring.estimate import linkage_of
from survey_app.scoring.fits import Design


def design(joining: int, others: int) -> Design:
    """`joining` businesses rate units 0 and 1; `others` rate one of 0, 1 and 2 each."""
    unit = [0, 1] * joining + [0] * others + [1] * others + [2] * others
    business = [b for b in range(joining) for _ in range(2)] + list(range(joining, joining + 3 * others))
    return fits.plain(np.array(unit), np.array(business), 4)


def test_a_statistician_is_told_all() -> None:
    found = linkage_of(design(3, 9), rounded=False)
    assert found.businesses == 3
    assert found.shares == pytest.approx((0.25, 0.25, 0.0, 0.0))
    assert found.apart == (2,), "unit 3 has no sheets and is no part of it"


@pytest.mark.parametrize(("joining", "businesses", "shares", "apart"), [
    (9, 0, (None, None, None, None), (1, 2)),
    (10, 10, (0.5, 0.5, None, None), (2,)),
    (19, 10, (0.7, 0.7, None, None), (2,)),
])  # fmt: skip
def test_the_count_tells_of_ten_and_more(joining: int, businesses: int, shares: tuple, apart: tuple) -> None:
    found = linkage_of(design(joining, 10), rounded=True)
    assert (found.businesses, found.shares, found.apart) == (businesses, shares, apart)
