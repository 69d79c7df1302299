"""What a form says beside a field: English words with named placeholders; the web layer translates the words first."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

N_ = str  # marks a text for translation; it is translated when it is shown, in the language of the page

NOT_OFFERED = N_("Please choose one of the answers offered.")
ONE_ANSWER = N_("Please choose one answer only.")
BOTH = N_("Please give an answer or choose “{escape}”, not both.")
EXCLUSIVE = N_("“{option}” cannot be chosen together with other answers.")
TOO_FEW = N_("Please choose at least {min}.")
TOO_MANY = N_("Please choose at most {max}.")
TWICE = N_("Please choose each answer only once.")
CHOOSE_UNIT = N_("Please choose at least one unit that you dealt with.")
CHOOSE_MAIN = N_("Please choose first the unit that you dealt with most.")
CHOSEN_ABOVE = N_("This unit is already chosen above. Please choose another one or none.")
NOT_A_NUMBER = N_("Please write a number in digits, such as {example}.")
AMBIGUOUS = N_("This can be read as {first} or as {second}. Please write which of the two you mean.")
WHOLE_NUMBER = N_("Please write a whole number.")
TOO_PRECISE = N_("Please write at most {decimals} digits after the decimal mark.")
OUT_OF_RANGE = N_("Please write a number from {min} to {max}.")
NOT_A_DATE = N_("Please write a date such as {example}.")
DATE_TOO_EARLY = N_("Please write a date not before {earliest}.")
DATE_TOO_LATE = N_("Please write a date not after {latest}.")
TOO_LONG = N_("Your text has {length} characters; at most {max} fit. Please shorten it; nothing was cut.")
NOT_WRITTEN = N_("Your text contains a character that cannot be stored. Please type it again.")


class Message(msgspec.Struct, frozen=True):
    """A message and what fills its placeholders; `str()` is the English sentence.

    `beside` ends the name of the control that it is about, where an item has several.
    """

    text: str
    values: Mapping[str, str] = {}
    beside: str = ""

    def __str__(self) -> str:
        return self.text.format(**self.values)


class FieldRefused(ValueError):
    """What was typed or chosen cannot be taken; `message` says what to do."""

    def __init__(self, text: str, beside: str = "", **values: str) -> None:
        self.message = Message(text, values, beside)
        super().__init__(self.message)


def message_ids() -> tuple[str, ...]:
    """All texts that the forms can say, for the catalogue's completeness."""
    return tuple(value for name, value in sorted(globals().items()) if name.isupper() and isinstance(value, str))
