"""Classes of numbers: what is kept and shown of an answer in hours or visits is its class, never the number itself.

One wide spacing for every measure, in its base unit: a number that only one business gives would tell who it was.
"""

from __future__ import annotations

from bisect import bisect_right

EDGES = (0, 1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 120, 240, 480)  # a class reaches to the next edge


def class_of(text: str) -> str:
    """The class of a decimal number, by the text of its lower edge; below the first edge: the first class."""
    return str(EDGES[max(bisect_right(EDGES, float(text)) - 1, 0)])
