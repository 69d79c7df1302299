"""What the count leaves: tallies and estimates, numbers only. Whatever is not here can never be known again."""

from __future__ import annotations

import msgspec

from survey_app.ballot.analysis import Analysis
from survey_app.scoring.estimates import Estimates


class OpenChannel(msgspec.Struct, frozen=True):
    """What was said without an invitation, the whole Cục: anybody may have said it, as often as they liked.

    `answers[item][code]` counts answers over all sheets and units, where enough sheets have one; an item that too few
    answered is there without a code. Nothing of it is in any tally, estimate or index.
    """

    sheets: int
    unopened: int  # envelopes that did not open with the round's key, or held no sheet
    repeated: int  # envelopes that held a sheet which was counted already
    answers: dict[str, dict[str, int]]


class Outcome(msgspec.Struct, frozen=True):
    """The numbers of one counted round, as stored.

    `tallies[unit][item][code]` counts answers; codes are answer codes (numbers: the lower edge of their class) and
    missing codes. An item that too few answered is there without a code. Items asked once a respondent stand under the
    unit "" (the whole Cục), over all sheets, without the cells that may not be shown. Teams stand under their own code,
    a merged unit under its reporting group's.

    Whatever stands under a unit rests on its base sheets: not flagged, and answered well enough to enter the estimates.
    Threat: were the tallies over more sheets than the estimates, their difference would show the few between.
    """

    tallies: dict[str, dict[str, dict[str, int]]]
    estimates: Estimates
    numbers: dict[str, dict[str, float]]  # unit → leaf of a number question → its statistic, two significant digits
    used: int  # invitations spent
    envelopes: int
    sheets: int  # opened: one a business
    ratings: dict[str, int]  # unit → businesses with a base sheet on it; units with too few are not there
    ratings_opened: int  # business × unit, base sheets or not, the whole Cục; to the nearest ten
    fear: dict[str, tuple[int, int]]  # unit → (guarded, answered), base sheets
    flagged: dict[str, int]  # kind of flag → ratings flagged, the whole Cục; to the nearest ten
    attention_missed: int
    merged: dict[str, str] = {}  # unit → group, for units that the count itself found too small (see small.py)
    # Unset where the round has no such channel, and left out of the bytes then: older outcomes keep their hash.
    open_channel: OpenChannel | msgspec.UnsetType = msgspec.UNSET
    # Unset in counts from before there was one, whose bytes must stay the same.
    analysis: Analysis | msgspec.UnsetType = msgspec.UNSET

    def canonical(self) -> bytes:
        """Canonical JSON with sorted keys."""
        return msgspec.json.encode(self, order="deterministic")

    @classmethod
    def from_canonical(cls, data: bytes) -> Outcome:
        """The Outcome of its canonical bytes."""
        return msgspec.json.decode(data, type=cls)
