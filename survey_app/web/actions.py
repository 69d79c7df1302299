"""A unit's action plan: its head writes it, sends it, notes how far it is. What the director does is in `orders`."""

from __future__ import annotations

import io

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from survey_app import i18n
from survey_app.ballot.minutes import today
from survey_app.errors import NotFound, Refused
from survey_app.fieldwork.rounds import round_by_id
from survey_app.models import Action, Round
from survey_app.results import effects, follow_up, stored
from survey_app.results.effects import ActionLine
from survey_app.results.reading import Reading
from survey_app.staff import actions as deeds
from survey_app.staff import plans, procedures
from survey_app.staff.roles import DIRECTOR, OFFICER, UNIT_HEAD, may_write
from survey_app.web.guard import refuse, requires, settings, signed_in, staff_pages
from survey_app.web.unit import seen

actions = Blueprint("actions", __name__, url_prefix="/staff/actions")
staff_pages(actions)

Page = str | Response | tuple[str, int]


@actions.get("/")
@requires(UNIT_HEAD)
def home() -> Page:
    """To the own unit's plan on the last published round that it stood in."""
    own = signed_in().unit
    for round_ in stored.published():
        if own in stored.reading_of(round_.id, g.language).lines:
            return redirect(url_for("actions.page", round_id=round_.id, code=own))
    return render_template("unit/nothing.html")


@actions.get("/<round_id>/<code>")
@requires(UNIT_HEAD, DIRECTOR, OFFICER)
def page(round_id: str, code: str) -> Page:
    """The plan, the orders to the unit, its procedures."""
    return drawn(round_by_id(round_id), code, rated(round_id, code))


def rated(round_id: str, code: str) -> Reading:
    """The round's reading, for somebody who may see this unit. Raises NotFound for a reporting group."""
    reading = seen(round_id, code)
    if reading.lines[code].members:
        raise NotFound("A reporting group has no plan of its own: each of its units writes one.")
    return reading


def own(round_id: str, code: str) -> tuple[Round, Reading]:
    """The round and its reading, for the head who answers for the unit; a refusal is recorded."""
    reading = rated(round_id, code)
    if not may_write(signed_in(), code, reading.lines):
        refuse()
    return round_by_id(round_id), reading


def lines_of(round_id: str, reading: Reading, found: list[Action]) -> list[tuple[ActionLine, bool]]:
    """The actions in words as they stand today, and whether this month's note is missing."""
    notes, after, day = deeds.notes_of(round_id), stored.following(round_id, g.language), today()
    return [
        (
            effects.described(follow_up.past_action(one, notes.get(one.id, [])), reading, after, day),
            deeds.lacks_note(one, notes.get(one.id, []), day),
        )
        for one in found
    ]


def drawn(round_: Round, code: str, reading: Reading, wrong: Refused | None = None) -> str:
    """The plan's page. Lines of a plan that was not sent yet are its writer's."""
    plan, mine = plans.plan_of(round_.id, code), may_write(signed_in(), code, reading.lines)
    shown = mine or plan.state != plans.DRAFT
    found = [one for one in deeds.actions_of(round_.id, code) if shown or one.kind == plans.ORDER]
    lines = lines_of(round_.id, reading, found)
    return render_template(
        "actions/plan.html",
        round_id=round_.id,
        round_name=reading.text(round_.title),
        rounds=rounds_with(code, reading),
        code=code,
        name=reading.name(code),
        plan=plan,
        mine=mine,
        decides=signed_in().role == DIRECTOR,
        lines=[one for one in lines if one[0].kind == plans.PLAN],
        orders=[one for one in lines if one[0].kind == plans.ORDER],
        reviews=procedures.reviews_of(round_.id, code) if shown else [],
        longest=plans.LONGEST_REMARK,
        typed=request.form,
        wrong=wrong,
    )


def rounds_with(code: str, reading: Reading) -> list[tuple[str, str]]:
    """Published rounds in which the unit stood, for the row of links above."""
    there = (one for one in stored.published() if code in stored.reading_of(one.id, g.language).lines)
    return [(one.id, reading.text(one.title)) for one in there]


def back(round_id: str, code: str, said: str = "") -> Response:
    """To the plan, with a word on what was done."""
    if said:
        flash(said)
    return redirect(url_for("actions.page", round_id=round_id, code=code))


# ---------------------------------------------------------------- lines


@actions.route("/<round_id>/<code>/new", methods=["GET", "POST"])
@requires(UNIT_HEAD)
def new(round_id: str, code: str) -> Page:
    """A new line of the plan."""
    round_, reading = own(round_id, code)
    wrong = None
    if request.method == "POST":
        try:
            deeds.add_line(round_, code, deeds.typed_line(round_, request.form), signed_in().email)
            return back(round_id, code)
        except Refused as refused:
            wrong = refused
    return answered(
        render_template("actions/new.html", unit_name=reading.name(code), **form_of(round_, code, reading, wrong)),
        wrong,
    )


def form_of(round_: Round, code: str, reading: Reading, wrong: Refused | None) -> dict[str, object]:
    """What a form of an action needs."""
    return {
        "round_id": round_.id,
        "round_name": reading.text(round_.title),
        "code": code,
        "nodes": [(node, reading.label(node)) for node in reading.sub_indices],
        "most": {"what": deeds.LONGEST_WHAT, "owner": deeds.LONGEST_OWNER, "note": deeds.LONGEST_NOTE},
        "typed": request.form,
        "wrong": wrong,
    }


def answered(page: str, wrong: Refused | None) -> Page:
    """The page, with the refusal's status where there was one."""
    return (page, wrong.status) if wrong else page


@actions.get("/<round_id>/<code>/action/<int:action_id>")
@requires(UNIT_HEAD, DIRECTOR, OFFICER)
def action(round_id: str, code: str, action_id: int) -> Page:
    """One action: what it says, every note on it."""
    reading, round_ = rated(round_id, code), round_by_id(round_id)
    return one_action(round_, reading, there(round_, code, action_id, reading))


def there(round_: Round, code: str, action_id: int, reading: Reading) -> Action:
    """The action of this unit, where this person sees it. Raises NotFound."""
    found = deeds.action_by_id(round_, action_id)
    hidden = found.kind == plans.PLAN and plans.plan_of(round_.id, code).state == plans.DRAFT
    if found.unit != code or (hidden and not may_write(signed_in(), code, reading.lines)):
        raise deeds.no_such_action()
    return found


def one_action(round_: Round, reading: Reading, found: Action, wrong: Refused | None = None, form: str = "") -> Page:
    """The page of one action; `form`: the one (note, change) that what was typed belongs to."""
    found = deeds.action_by_id(round_, found.id)
    plan, mine = plans.plan_of(round_.id, found.unit), may_write(signed_in(), found.unit, reading.lines)
    director = signed_in().role == DIRECTOR
    is_order, notes = found.kind == plans.ORDER, deeds.notes_of(round_.id).get(found.id, [])
    ((line, _),) = lines_of(round_.id, reading, [found])
    noted = is_order or plan.state == plans.APPROVED
    page = render_template(
        "actions/action.html",
        line=line,
        row=found,
        notes=[(one, effects.status_word(g.language, one.status)) for one in notes],
        may_note=noted and (mine or director),
        may_change=(director and is_order) or (mine and not is_order and plan.state in plans.WRITABLE),
        statuses=[
            (status, effects.status_word(g.language, status))
            for status in deeds.STATUSES
            if director or not is_order or status not in deeds.CLOSED
        ],
        form=form,
        kept=kept_values(found),
        **form_of(round_, found.unit, reading, wrong),
    )
    return answered(page, wrong)


def kept_values(row: Action) -> dict[str, str]:
    """The action as its form shows it."""
    effect = "" if row.effect is None else f"{row.effect:g}"
    decimal = effect.replace(".", ",") if g.language == "vi" else effect
    return {"what": row.what, "owner": row.owner, "due": row.due.isoformat(), "node": row.node, "effect": decimal}


def version() -> int:
    """The version that the form was filled in on."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


@actions.post("/<round_id>/<code>/action/<int:action_id>/note")
@requires(UNIT_HEAD, DIRECTOR)
def note(round_id: str, code: str, action_id: int) -> Page:
    """Add how far it is."""
    reading, round_ = rated(round_id, code), round_by_id(round_id)
    director = signed_in().role == DIRECTOR
    if not director and not may_write(signed_in(), code, reading.lines):
        refuse()
    found = there(round_, code, action_id, reading)
    try:
        deeds.note(found, request.form, signed_in().email, today(), director=director)
    except Refused as refused:
        return one_action(round_, reading, found, refused, "note")
    flash(i18n.say(g.language, "Noted."))
    return redirect(url_for("actions.action", round_id=round_id, code=code, action_id=action_id))


@actions.post("/<round_id>/<code>/action/<int:action_id>/<any(change, remove):changing>")
@requires(UNIT_HEAD, DIRECTOR)
def change(round_id: str, code: str, action_id: int, changing: str) -> Page:
    """Change a line of the plan or, as the director, an order; or take a line out."""
    reading, round_ = rated(round_id, code), round_by_id(round_id)
    found = there(round_, code, action_id, reading)
    director = signed_in().role == DIRECTOR
    if director != (found.kind == plans.ORDER) or not (director or may_write(signed_in(), code, reading.lines)):
        refuse()
    who = signed_in().email
    try:
        if changing == "remove":
            deeds.remove_line(round_, found, version(), who)
        else:
            verb = deeds.change_order if director else deeds.change_line
            verb(round_, found, deeds.typed_line(round_, request.form), version(), who)
    except Refused as refused:
        return one_action(round_, reading, found, refused, "change")
    return back(round_id, code)


# ---------------------------------------------------------------- the plan's way


@actions.post("/<round_id>/<code>/<any(send, withdraw):sending>")
@requires(UNIT_HEAD)
def send(round_id: str, code: str, sending: str) -> Page:
    """Send it for approval, or take it back."""
    round_, reading = own(round_id, code)
    try:
        if sending == "send":
            plans.send(round_, code, signed_in().email, today())
            return back(round_id, code, i18n.say(g.language, "The plan was sent to the director."))
        plans.take_back(round_, code, signed_in().email)
    except Refused as refused:
        return answered(drawn(round_, code, reading, refused), refused)
    return back(round_id, code)


@actions.get("/<round_id>/<code>/plan-<any(vi,en):language>.pdf")
@requires(UNIT_HEAD, DIRECTOR, OFFICER)
def document(round_id: str, code: str, language: str) -> Page:
    """The plan as an official document, to print and sign."""
    from survey_app.results import plan_paper

    reading, round_ = rated(round_id, code), round_by_id(round_id)
    if plans.plan_of(round_id, code).state == plans.DRAFT and not may_write(signed_in(), code, reading.lines):
        raise NotFound("The unit is still writing its plan.")
    content = plan_paper.pdf(settings(), round_, code, language)
    name = f"{round_id}-{code}-plan-{language}.pdf"
    return send_file(io.BytesIO(content), mimetype="application/pdf", download_name=name)
