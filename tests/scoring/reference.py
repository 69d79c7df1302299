"""Reads what R made of simulated inputs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent / "golden"


def rows(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(name: str, of: str) -> np.ndarray:
    return np.array([float(row[of] or "nan") for row in rows(name)])


def matrix(name: str) -> np.ndarray:
    return np.array([[float(value or "nan") for value in row.values()] for row in rows(name)])


def values(name: str, key: str = "stat", value: str = "value") -> dict[str, float]:
    return {row[key]: float(row[value]) for row in rows(name)}
