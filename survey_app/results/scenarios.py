"""Named scenarios: weights that somebody tried and kept. No Result is touched by them, no document reads them."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Mapping

import msgspec

from survey_app.ballot import minutes
from survey_app.database import database
from survey_app.errors import NotFound, Refused
from survey_app.i18n import N_
from survey_app.models import Account, Round, Scenario
from survey_app.staff.audit import record

LONGEST = 80  # characters of a name
SAVED, DELETED = N_("scenario saved"), N_("scenario deleted")  # as the staff's log has them


class Kept(msgspec.Struct, frozen=True):
    """A scenario as it is listed: `author` by name, where the account is still there."""

    id: int
    group: str
    name: str
    author: str
    made_on: datetime.date


def scenarios_of(round_: Round) -> list[Kept]:
    """The scenarios of a round, the newest first."""
    names = {account.email: account.name for account in Account.select(Account.email, Account.name)}
    rows = Scenario.select().where(Scenario.round == round_.id).order_by(Scenario.id.desc())
    return [Kept(row.id, row.peer_group, row.name, names.get(row.author, row.author), row.made_on) for row in rows]


def scenario(round_: Round, number: int) -> Scenario:
    """One scenario of the round. Raises NotFound."""
    found = Scenario.get_or_none((Scenario.id == number) & (Scenario.round == round_.id))
    if found is None:
        raise NotFound("There is no such scenario. It may have been deleted.")
    return found


def save(round_: Round, group: str, name: str, weights: Mapping[str, float], who: str) -> Scenario:
    """Keep weights under a name. Raises Refused for a name that is empty, too long or taken in this group."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name:
        raise Refused("Give the scenario a name first.")
    if len(name) > LONGEST:
        raise Refused("The name has more than {most} characters. Shorten it.", most=LONGEST)
    with database.atomic():
        same = (Scenario.round == round_.id) & (Scenario.peer_group == group) & (Scenario.name == name)
        if Scenario.select().where(same).exists():
            raise Refused("There is a scenario “{name}” already. Choose another name, or delete that one.", name=name)
        kept = Scenario.create(
            round=round_.id,
            peer_group=group,
            name=name,
            weights=dict(sorted(weights.items())),
            author=who,
            made_on=minutes.today(),
        )
        record(who, SAVED, round_.id, f"{group}: {name}")
    return kept


def delete(round_: Round, number: int, who: str) -> None:
    """Delete a scenario. Raises NotFound."""
    with database.atomic():
        gone = scenario(round_, number)
        gone.delete_instance()
        record(who, DELETED, round_.id, f"{gone.peer_group}: {gone.name}")
