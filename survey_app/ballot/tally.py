"""Opened sheets, one after the other, put in a ledger and, once the base sheets are known, turned into tallies.

What is asked once a respondent is counted at once; what is said about a unit waits for the flags, in memory only.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from survey_app.ballot.envelopes import SealedContent
from survey_app.ballot.ground import Ground
from survey_app.ballot.ledger import Ledger
from survey_app.ballot.tokens import receipt_hash
from survey_app.questionnaire.answers import ANSWERED, Answer, Missing, parts
from survey_app.questionnaire.schema import AnyQuestion, Info, Number, Rank, Scale, TextQuestion, Units
from survey_app.scoring.sheets import BoolArray

LEAST_COMMENTS = 5  # about one unit: fewer could be told apart
CUC = ""  # what is asked once a respondent stands under the whole Cục


class Said(msgspec.Struct, frozen=True):
    """A comment; `unit` None: to the leaders of the Cục."""

    unit: str | None
    question: str
    text: str


class Tally:
    """Adds sheet by sheet, then counts. `ratings` are businesses with a base sheet, a unit; `fear` unit → [guarded,
    answered]."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.counts: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        questions = ground.questionnaire.by_id.items()
        asked = [name for name, question in questions if not isinstance(question, Info | Units)]
        self.ledger = Ledger(asked, ground.register, ground.profile)
        self.comments: list[Said] = []
        self.ratings: Counter[str] = Counter()
        self.answered: Counter[tuple[str, str]] = Counter()  # (unit, item) → sheets with an answer
        self.fear: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
        self.attention_missed = 0
        self.receipts: set[str] = set()
        self.repeated = 0  # envelopes with a sheet that was counted before
        self.odd = 0  # answers that fit no question, unit or option of the round

    @property
    def sheets(self) -> int:
        return len(self.receipts)

    def add(self, content: SealedContent) -> None:
        """Take in one sheet."""
        receipt = receipt_hash(content.receipt)
        if receipt in self.receipts:
            self.repeated += 1
            return
        self.receipts.add(receipt)
        by_unit = self._by_unit(content)
        missed = any(self._misses(name, answer) for given in by_unit.values() for name, answer in given.items())
        self.attention_missed += missed
        rated = {unit: given for unit, given in by_unit.items() if unit != CUC and has_rating(given)}
        for item, answer in by_unit[CUC].items():
            self._add(CUC, item, answer, 1)
        self._keep_comments(None, by_unit[CUC])
        main, business = self._main_unit(content), self.ledger.open(by_unit[CUC])
        for unit, given in rated.items():
            self._keep_comments(self.ground.reported(unit), given)
            self.ledger.add(content, business, unit, unit == main, missed, self._without_words(given))

    def merge(self, groups: Mapping[str, str]) -> None:
        """Report these units in their groups from now on; before anything of them is counted."""
        self.ground = replace(self.ground, merged={**self.ground.merged, **groups})
        self.comments = [
            said if said.unit is None else msgspec.structs.replace(said, unit=groups.get(said.unit, said.unit))
            for said in self.comments
        ]

    def count(self, base: BoolArray) -> None:
        """Count what was said about units on the base sheets; `base` goes with the ledger's rows."""
        codes, group = self.ledger.groups(self.ground)
        for item in self.ledger.columns:
            for place, answer, number in self.ledger.answers(item, group, base):
                self._add(codes[place], item, answer, number)
        self.ratings.update({codes[place]: n for place, n in self.ledger.businesses(group, base).items()})

    def _by_unit(self, content: SealedContent) -> dict[str, dict[str, Answer]]:
        """The sheet's usable answers by unit ("" = asked once), in the order of their names."""
        found: dict[str, dict[str, Answer]] = {CUC: {}}
        for name, answer in sorted(content.answers.items()):
            item, unit = parts(name)
            if isinstance(self.ground.questionnaire.by_id.get(item.partition(".")[0]), Units):
                continue  # who dealt with whom is not kept
            if not (unit is None or unit in self.ground.register) or not self._usable(item, answer):
                self.odd += 1
                continue
            found.setdefault(unit or CUC, {})[item] = answer
        return found

    def _usable(self, item: str, answer: Answer) -> bool:
        """Whether the form could have given this answer: somebody may have sealed a sheet without the form."""
        question = self.ground.questionnaire.by_id.get(item)
        if question is None or isinstance(question, Info) or isinstance(answer, Missing):
            return question is not None and not isinstance(question, Info)
        codes = self.ground.codes[item]
        if codes is not None:
            return bool(answer) and codes.issuperset(answer)
        return len(answer) == 1 and (not isinstance(question, Number) or is_number(answer[0]))

    def _misses(self, item: str, answer: Answer) -> bool:
        """Whether an attention item was answered, and wrongly."""
        expected = self.ground.questionnaire.by_id[item].expect
        return expected is not None and not isinstance(answer, Missing) and answer != (expected,)

    def _main_unit(self, content: SealedContent) -> str | None:
        picker = self.ground.questionnaire.picker
        chosen = content.answers.get(picker.id) if picker is not None and picker.main else None
        return chosen[0] if chosen and not isinstance(chosen, Missing) else None

    def _add(self, unit: str, item: str, answer: Answer, number: int) -> None:
        """So many sheets gave one answer: into tallies and fear share."""
        question = self.ground.questionnaire.by_id[item]
        self.counts[unit][item].update(dict.fromkeys(tallied(question, self.ground.codes[item], answer), number))
        if isinstance(answer, Missing):
            return
        self.answered[unit, item] += number
        if question.role == "fear" and isinstance(question, Scale):
            middle = (self.ground.questionnaire.scales[question.scale].points + 1) / 2
            self.fear[unit][0] += number * (int(answer[0]) > middle)
            self.fear[unit][1] += number

    def _without_words(self, given: Mapping[str, Answer]) -> dict[str, Answer]:
        """Of texts and dates only that they were answered."""
        return {item: answer if self._is_kept(item, answer) else (ANSWERED,) for item, answer in given.items()}

    def _is_kept(self, item: str, answer: Answer) -> bool:
        number = isinstance(self.ground.questionnaire.by_id[item], Number)
        return number or isinstance(answer, Missing) or self.ground.codes[item] is not None

    def _keep_comments(self, unit: str | None, given: Mapping[str, Answer]) -> None:
        """Comments are words, no numbers: those of flagged and half-empty sheets are read too."""
        for item, answer in given.items():
            if isinstance(self.ground.questionnaire.by_id[item], TextQuestion) and not isinstance(answer, Missing):
                self.comments.append(Said(unit, item, answer[0]))

    def releasable(self, least: int) -> list[Said]:
        """Comments that may ever be released; the others are destroyed now: too few sheets or too few comments."""
        number = Counter(said.unit for said in self.comments)
        return [
            said for said in self.comments if number[said.unit] >= LEAST_COMMENTS and self._sheets(said.unit) >= least
        ]

    def _sheets(self, unit: str | None) -> int:
        """Base sheets about a unit; None: all sheets."""
        return self.sheets if unit is None else self.ratings[unit]


def has_rating(given: Mapping[str, Answer]) -> bool:
    """Whether anything was answered about a unit."""
    return any(not isinstance(answer, Missing) for answer in given.values())


def tallied(question: AnyQuestion, codes: frozenset[str] | None, answer: Answer) -> tuple[str, ...]:
    """What one answer adds to the tally. Texts and dates add "answered" only: their content would be a sheet's own."""
    if isinstance(answer, Missing):
        return (answer.value,)
    if isinstance(question, Rank):
        return tuple(f"{code}:{place}" for place, code in enumerate(answer, 1))
    return answer if codes is not None or isinstance(question, Number) else (ANSWERED,)


def is_number(text: str) -> bool:
    """Whether it is a finite decimal number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
