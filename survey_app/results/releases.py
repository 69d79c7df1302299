"""Everything that is published of a round, as sums over cells: proof that nothing hidden follows from it.

A cell is how many businesses gave one answer to one question about one unit. All readers, languages and files together
are one publication: whoever has them all must not be able to work out what is hidden. The register of releases are the
stored Results of a round, the earlier ones too: a second release may not complete what the first one left open.

Hidden are answers that were joined with their neighbours, and profile cells below ten. That somebody gave *no* answer
is no secret here: it follows from the number of sheets.
"""

from __future__ import annotations

from collections.abc import Iterable

from survey_app.errors import Refused
from survey_app.models import Round, StoredResult
from survey_app.questionnaire.answers import ANSWERED, MISSING
from survey_app.questionnaire.classes import EDGES
from survey_app.questionnaire.schema import Number
from survey_app.results import open_data, stored
from survey_app.results.asked import Asked, ordered_codes, published_items
from survey_app.results.disclosure import Distribution
from survey_app.results.questions import NOT_ANSWERED
from survey_app.results.reading import Reading
from survey_app.results.result import Result
from survey_app.scoring.subtraction import Exposed, Sum, exposed

Place = tuple[str, str, str]  # unit, question, answer
SEGMENTS = ""  # in the place of a unit: profile questions of all businesses


class Publication:
    """The sums of some releases, and the cells that none of them may show."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self.sums: set[Sum] = set()
        self.hidden: set[Place] = set()
        for reading in readings:
            for unit, asked in published_items(reading):
                self._add_item(reading, unit, asked)
            for one in open_data.opened(reading):  # a choice from the same; were it ever cut otherwise, this would tell
                self._add_parts(one.unit, one.asked, one.shown)
            self._add_segments(reading)

    def exposed(self) -> list[Exposed]:
        """Hidden cells that follow from the sums."""
        return exposed(self.sums, self.hidden)

    def _add_item(self, reading: Reading, unit: str, asked: Asked) -> None:
        """A question about a unit: its parts, its missing answers where they are shown, and the sheets in all."""
        shown = reading.distribution(unit, asked)
        if not shown.parts:
            return
        self._add_parts(unit, asked, shown)
        tally = reading.result.tallies[unit][asked.id]
        codes = tuple(map(str, EDGES)) if isinstance(asked.question, Number) else ordered_codes(reading, asked)
        everything = (*codes, *MISSING)  # whether or not somebody gave it: nobody is told
        self.sums.add(Sum(frozenset((unit, asked.id, code) for code in everything), sum(tally.values())))
        missing = sum(tally.get(code, 0) for code in NOT_ANSWERED)
        self.sums.add(Sum(frozenset((unit, asked.id, code) for code in NOT_ANSWERED), missing))

    def _add_parts(self, unit: str, asked: Asked, shown: Distribution) -> None:
        """The parts of a distribution; answers that were joined are hidden."""
        for part in shown.parts:
            cells = frozenset((unit, asked.id, code) for code in part.codes)
            self.sums.add(Sum(cells, part.count))
            if len(cells) > 1:
                self.hidden |= cells

    def _add_segments(self, reading: Reading) -> None:
        """Profile cells of the whole Cục; the sheets in all are public."""
        for question, shown in reading.result.segments.items():
            codes = segment_codes(reading, question)
            everybody = frozenset((SEGMENTS, question, code) for code in codes)
            self.sums.add(Sum(everybody, reading.result.participation.sheets))
            self.sums |= {Sum(frozenset({(SEGMENTS, question, code)}), count) for code, count in shown.items()}
            if sum(shown.values()) < reading.result.participation.sheets:  # that nobody is left may be known
                self.hidden |= {(SEGMENTS, question, code) for code in codes if code not in {*shown, *MISSING}}


def segment_codes(reading: Reading, question: str) -> tuple[str, ...]:
    """The answers that a profile question may get, and that there was none."""
    asked = reading.questionnaire.by_id.get(question)
    codes = tuple(option.code for option in getattr(asked, "options", ()))
    return (*(codes or ("yes", "no", ANSWERED)), *MISSING)


def register(round_: Round) -> list[Reading]:
    """All Results that were ever frozen for the round; what one of them showed can never be taken back."""
    rows = StoredResult.select(StoredResult.hash).where(StoredResult.round == round_.id).order_by(StoredResult.hash)
    return [stored.reading(stored.by_hash(row.hash), "vi") for row in rows]


def sheets_behind(result: Result) -> tuple[object, ...]:
    """What differs between two Results of a round wherever they rest on different sheets."""
    return result.participation.sheets, result.tallies


def refuse_exposed(round_: Round, result: Result) -> None:
    """Raise Refused where this release, with all before it, would let a hidden cell be worked out.

    Releases of a round rest on one count, so they differ by nobody. Sheets more or fewer would stand there for all to
    subtract, be they ten.
    """
    before = register(round_)
    if any(sheets_behind(reading.result) != sheets_behind(result) for reading in before):
        raise Refused(
            "{round} is not published: what was published of it before rests on other sheets. Restore the backup that "
            "holds that count.",
            round=round_.id,
        )
    found = Publication([*before, stored.reading(result, "vi")]).exposed()
    if found:
        unit, item, _ = found[0].cell
        raise Refused(
            "{round} is not published: {count} hidden numbers could be worked out, such as of {unit}, question {item}.",
            round=round_.id,
            count=len(found),
            unit=unit or "–",
            item=item,
        )
