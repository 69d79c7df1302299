"""Weights of a node's children: given in the plan, or equal."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np

from survey_app.scoring.normalise import FloatArray

Weighting = Literal["given", "equal"]


class Weighted(Protocol):
    """Anything that stands under a node with a weight: a node or a reference to a leaf."""

    @property
    def weight(self) -> float | None: ...


def weights_of(children: tuple[Weighted, ...], weighting: Weighting) -> FloatArray:
    """Relative weights, shape (children,). A weight of 0 keeps a child out of the index under `equal` too."""
    if weighting == "equal":
        return np.array([0.0 if child.weight == 0 else 1.0 for child in children])
    return np.array([child.weight or 0.0 for child in children])
