"""The peak of the likelihood, as mixed-model software reports it: for statisticians, and to hold the method to lme4."""

from __future__ import annotations

import msgspec
import numpy as np
from scipy import optimize

from survey_app.scoring.fits import Design
from survey_app.scoring.leniency import Moments, Point, points
from survey_app.scoring.normalise import FloatArray


class Peak(msgspec.Struct, frozen=True):
    """One score, one random effect: unit means (U,) by generalised least squares, their covariance (U, U), variances of
    businesses and of a sheet, leniency (B,) of each business in ascending order."""

    theta: FloatArray
    covariance: FloatArray
    var_business: float
    var_sheet: float
    leniency: FloatArray


def reml(y: FloatArray, design: Design) -> Peak:
    """At the REML optimum of r, without client bases; y (n,)."""
    moments = Moments(y[:, None], design)
    weight, none = np.ones((1, 1)), np.zeros(1)

    def deviance(log_r: float) -> float:
        return float(points(moments, weight, float(np.exp(log_r)), none)[0].deviance[0])

    best = optimize.minimize_scalar(deviance, bounds=(-12.0, 8.0), method="bounded", options={"xatol": 1e-10})
    point = points(moments, weight, float(np.exp(best.x)), none)[0]
    s2 = float(point.sigma[0, 0])
    units = moments.present.size
    left = y - moments.member @ point.beta[:units, 0] - moments.covariates @ point.beta[units:, 0]
    blup = np.asarray(point.r / (1 + point.r * moments.number) * np.bincount(design.place, weights=left))
    return Peak(point.beta[:units, 0], s2 * point.inverse[:units, :units], point.r * s2, s2, blup)


class RandomUnits(msgspec.Struct, frozen=True):
    """Units drawn from one normal distribution too: intercept, variances, effects (U,) and their conditional standard
    deviations (U,), the intercept taken as known."""

    intercept: float
    var_unit: float
    var_business: float
    var_sheet: float
    effects: FloatArray
    conditional_sd: FloatArray


def reml_random_units(y: FloatArray, design: Design) -> RandomUnits:
    """REML of businesses' and units' variances together; y (n,). The likelihood with fixed units, times that of their
    means under the common distribution."""
    moments = Moments(y[:, None], design)
    weight, none = np.ones((1, 1)), np.zeros(1)
    units, n = moments.present.size, moments.n
    ones = np.ones(units)

    def parts(logs: FloatArray) -> tuple[float, Point, FloatArray, float]:
        r, s2, omega2 = np.exp(logs)
        point = points(moments, weight, float(r), none)[0]
        covariance = s2 * point.inverse[:units, :units]
        precision = np.linalg.inv(covariance + omega2 * np.eye(units))
        theta = point.beta[:units, 0]
        mean = float(ones @ precision @ theta / (ones @ precision @ ones))
        away = theta - mean
        square = (n - moments.p) * float(point.sigma[0, 0])
        total = (n - moments.p) * np.log(s2) + square / s2 + moments.log_sizes(float(r))
        total -= np.linalg.slogdet(point.inverse)[1]
        total += -np.linalg.slogdet(precision)[1] + np.log(ones @ precision @ ones) + away @ precision @ away
        return float(total), point, precision, mean

    start = np.log([1.0, float(y.var()) / 2, float(y.var()) / 10])
    options = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 20_000, "maxfev": 20_000}
    best = optimize.minimize(lambda logs: parts(logs)[0], start, method="Nelder-Mead", options=options)
    r, s2, omega2 = np.exp(best.x).tolist()
    _, point, precision, mean = parts(best.x)
    effects = omega2 * precision @ (point.beta[:units, 0] - mean)
    conditional = np.sqrt(np.diag(omega2 * np.eye(units) - omega2**2 * precision))
    return RandomUnits(mean, omega2, r * s2, s2, effects, conditional)
