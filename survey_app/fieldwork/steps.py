"""The steps of a round in words: what is not due, and what to do now."""

from __future__ import annotations

from survey_app.errors import WrongState
from survey_app.i18n import N_
from survey_app.models import CLOSED, COUNTED, OPEN, PREPARING, PUBLISHED, WIPED, Round

# By state; whole sentences, so that each language can say them in its own order.
NOT_DUE = {
    PREPARING: N_("That is not due now: {round} is being prepared. Next step: open it."),
    OPEN: N_("That is not due now: {round} is open. Next step: close it."),
    CLOSED: N_("That is not due now: {round} is closed. Next step: count it."),
    COUNTED: N_("That is not due now: {round} is counted. Next step: wipe the box."),
    WIPED: N_("That is not due now: {round} is wiped. Next step: publish the result."),
    PUBLISHED: N_("That is not due now: {round} is published. No step is left."),
}
NEXT = {
    OPEN: N_("Businesses are answering. Close the round after the closing day."),
    CLOSED: N_("The box is closed and sealed. Ask two key holders to come with their key sheets, and count."),
    COUNTED: N_("The sheets are counted. When no recount is asked for any more, wipe the box."),
    WIPED: N_("No sheet exists any more. Enter what is still missing of the hard data, then publish."),
    PUBLISHED: N_("The result is published. All documents are ready."),
}
NOT_READY = N_("The round is being prepared. Still to do before it can open:")
READY = N_("Everything is ready. The round can be opened.")


def not_due(round_: Round) -> WrongState:
    """The refusal of a step that is not due: it names the state and the next step."""
    return WrongState(NOT_DUE[round_.state], round=round_.id)


def refuse_unless(round_: Round, *states: str) -> None:
    """Raise WrongState unless the round is in one of these states."""
    if round_.state not in states:
        raise not_due(round_)
