"""The round's key: the ceremony, each holder's own sheet under the own sign-in, the test opening.

In a real round nobody sees another's code: the ceremony is held by the officer, the sheets go to three accounts. A
rehearsal shows them all on one page, for training.
"""

from __future__ import annotations

import base64

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from survey_app import i18n
from survey_app.ballot.handover import handover
from survey_app.ballot.keys import Ceremony, fingerprint
from survey_app.errors import NotFound, Refused
from survey_app.fieldwork import rounds
from survey_app.fieldwork.letters import refuse_without_library
from survey_app.models import Account, Round
from survey_app.questionnaire.schema import say
from survey_app.results import key_sheets
from survey_app.results.typeset import NotSet
from survey_app.staff import accounts
from survey_app.staff.audit import record
from survey_app.staff.roles import CUSTODIAN, OFFICER
from survey_app.web.guard import requires, said, settings, signed_in, staff_pages

keys = Blueprint("keys", __name__, url_prefix="/staff")
staff_pages(keys)

Page = str | Response | tuple[str, int]


# ---------------------------------------------------------------- the officer holds the ceremony


@keys.get("/officer/<round_id>/keys")
@requires(OFFICER)
def ceremony(round_id: str) -> Page:
    """What the ceremony is, its button, and which sheets still wait for their holders."""
    return page_of_ceremony(rounds.round_by_id(round_id))


def page_of_ceremony(round_: Round, wrong: str = "") -> str:
    """The page, with what was wrong about the form."""
    waiting = {number: account for name, account, number in handover().waiting() if name == round_.id}
    names = {person.id: person.name for person in accounts.everyone()}
    return render_template(
        "keys/ceremony.html",
        round=round_,
        custodians=accounts.in_role(CUSTODIAN),
        waiting={number: names.get(account, "") for number, account in waiting.items()},
        wrong=wrong,
        base_url=settings().base_url,
        say=say,
    )


@keys.post("/officer/<round_id>/keys")
@requires(OFFICER)
def hold(round_id: str) -> Page:
    """Make the key. Each share goes into memory for its holder; in a rehearsal all are in this one answer."""
    round_ = rounds.round_by_id(round_id)
    try:
        if round_.public_key and not request.form.get("again"):
            raise Refused("There is a key already. Tick the box if its sheets shall become worthless.")
        holders = [] if round_.rehearsal else chosen_holders(round_)
    except Refused as refused:
        return page_of_ceremony(round_, said(refused)), refused.status
    made = rounds.hold_keys(round_)
    who = ", ".join(f"{number}: {holder.email}" for number, holder in enumerate(holders, 1)) or "rehearsal, on one page"
    record(signed_in().email, "keys made", round_.id, f"public key {fingerprint(made.public_key)}; sheets {who}")
    round_ = rounds.round_by_id(round_id)
    if round_.rehearsal:
        return page_of_rehearsal(round_, made)
    handover().put(round_.id, [(holder.id, share) for holder, share in zip(holders, made.shares, strict=True)])
    flash(i18n.say(g.language, "The key is made. Each key holder now signs in and takes the own sheet."))
    return redirect(url_for("keys.ceremony", round_id=round_.id))


def chosen_holders(round_: Round) -> list[Account]:
    """The accounts that the form names, in the order of the round's key holders. Raises Refused."""
    there = {str(person.id): person for person in accounts.in_role(CUSTODIAN)}
    chosen = [there.get(request.form.get(f"holder_{n}", "")) for n in range(1, len(round_.custodians) + 1)]
    found = [person for person in chosen if person is not None]
    if len(found) < len(chosen):
        raise Refused("Choose an account for every key holder.")
    if len({person.id for person in found}) < len(found):
        raise Refused("The key holders must be different: nobody may hold two parts of the key.")
    return found


def page_of_rehearsal(round_: Round, made: Ceremony) -> str:
    """All sheets of a rehearsal on one page, one at a time."""
    sheets = [key_sheets.key_sheet(round_, number, share) for number, share in enumerate(made.shares, 1)]
    return render_template("keys/rehearsal.html", round=round_, sheets=sheets, say=say)


# ---------------------------------------------------------------- a key holder takes the own sheet


@keys.get("/key/")
@requires(CUSTODIAN)
def mine() -> Page:
    """The rounds whose sheet waits for this key holder."""
    waiting = [rounds.round_by_id(name) for name, account, _ in handover().waiting() if account == signed_in().id]
    return render_template("keys/mine.html", waiting=waiting, say=say)


@keys.post("/key/<round_id>")
@requires(CUSTODIAN)
def take(round_id: str) -> Page:
    """The sheet, this once: from here on it is on paper only. Its PDF comes inside the page: a second request would
    need the share to be kept somewhere."""
    round_ = rounds.round_by_id(round_id)
    sheet = handover().take(round_.id, signed_in().id)
    if sheet is None:
        raise NotFound("No sheet waits for you here: it was taken already, or the ceremony must be held again.")
    record(signed_in().email, "key sheet taken", round_.id, f"sheet {sheet.number}")
    drawn = key_sheets.key_sheet(round_, sheet.number, sheet.share)
    return render_template("keys/sheet.html", round=round_, sheet=drawn, file=inline_pdf(round_, drawn), say=say)


def inline_pdf(round_: Round, sheet: key_sheets.KeySheet) -> str:
    """The sheet's PDF as an address that holds the whole file; empty where PDFs cannot be made."""
    try:
        refuse_without_library()
        content = key_sheets.pdf(settings(), round_, sheet, g.language)
    except (Refused, NotSet):
        return ""
    return f"data:application/pdf;base64,{base64.b64encode(content).decode('ascii')}"


# ---------------------------------------------------------------- the test opening


@keys.get("/officer/<round_id>/try")
@requires(OFFICER)
def try_form(round_id: str) -> Page:
    """The form for a test opening."""
    return render_template("keys/try.html", round=rounds.round_by_id(round_id), say=say)


@keys.post("/officer/<round_id>/try")
@requires(OFFICER)
def try_codes(round_id: str) -> Page:
    """Test the codes of two key holders on a trial envelope."""
    round_ = rounds.round_by_id(round_id)
    try:
        rounds.try_keys(round_, *typed_shares(round_))
    except Refused as refused:
        page = render_template("keys/try.html", round=round_, say=say, wrong=said(refused))
        return page, refused.status
    record(signed_in().email, "keys tested", round_.id)
    flash(i18n.say(g.language, "The key sheets open the box: the test succeeded."))
    return redirect(url_for("officer.round_page", round_id=round_.id))


def typed_shares(round_: Round) -> tuple[str, ...]:
    """The codes of the form: two, or one where there is a single key holder."""
    names = ("share_1",) if len(round_.custodians) == 1 else ("share_1", "share_2")
    return tuple(request.form.get(name, "").strip() for name in names)
