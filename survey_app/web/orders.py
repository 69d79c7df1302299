"""The director's table of all plans and orders: what is overdue first; giving orders; deciding on plans."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from survey_app import i18n
from survey_app.ballot.minutes import today
from survey_app.errors import NotFound, Refused
from survey_app.fieldwork.rounds import round_by_id
from survey_app.i18n import alphabetical
from survey_app.models import Round
from survey_app.results import stored
from survey_app.results.reading import Reading
from survey_app.staff import actions as deeds
from survey_app.staff import plans
from survey_app.staff.roles import DIRECTOR, OFFICER
from survey_app.web.actions import answered, back, drawn, form_of, lines_of, rated, version
from survey_app.web.director import published_name
from survey_app.web.guard import requires, signed_in, staff_pages

orders = Blueprint("orders", __name__, url_prefix="/staff/orders")
staff_pages(orders)

# What the director has to do with a plan, the most first; "" is one that nobody has begun.
WAITING = (plans.SENT, plans.RETURNED, plans.DRAFT, plans.APPROVED, "")

Page = str | Response | tuple[str, int]


@orders.get("/")
@requires(DIRECTOR, OFFICER)
def home() -> Page:
    """To the last published round."""
    published = stored.published()
    if not published:
        return render_template("unit/nothing.html")
    return redirect(url_for("orders.page", round_id=published[0].id))


@orders.get("/<round_id>")
@requires(DIRECTOR, OFFICER)
def page(round_id: str) -> Page:
    """All plans and orders of a round; of one unit where the address asks for it."""
    reading, round_ = stored.reading_of(published_name(round_id), g.language), round_by_id(round_id)
    unit = request.args.get("unit", "")
    kept = plans.plans_of(round_id)
    shown = [
        one
        for one in deeds.actions_of(round_id, unit or None)
        if one.kind == plans.ORDER or kept[one.unit].state != plans.DRAFT
    ]
    day = today()
    urgent = sorted(shown, key=lambda one: deeds.urgency(one, day))
    return render_template(
        "actions/table.html",
        round_id=round_id,
        round_name=reading.text(round_.title),
        rounds=[(one.id, reading.text(one.title)) for one in stored.published()],
        units=units_of(reading),
        unit=unit,
        lines=lines_of(round_id, reading, urgent),
        overdue=sum(deeds.is_overdue(one.due, one.status, day) for one in urgent),
        plans=sorted(
            ((code, name, kept[code].state if code in kept else "") for code, name in units_of(reading)),
            key=lambda one: WAITING.index(one[2]),
        ),
        waiting=sum(one.state == plans.SENT for one in kept.values()),
        gives=signed_in().role == DIRECTOR,
    )


def units_of(reading: Reading) -> list[tuple[str, str]]:
    """The rated units, without the groups that some are reported in, in alphabetical order."""
    found = [(code, reading.name(code)) for code, line in reading.lines.items() if not line.members]
    return sorted(found, key=lambda one: alphabetical(one[1]))


@orders.route("/<round_id>/new", methods=["GET", "POST"])
@requires(DIRECTOR)
def new(round_id: str) -> Page:
    """An order to a unit."""
    reading, round_ = stored.reading_of(published_name(round_id), g.language), round_by_id(round_id)
    wrong, unit = None, request.values.get("unit", "")
    if request.method == "POST":
        try:
            give(round_, unit, reading)
            return redirect(url_for("orders.page", round_id=round_id))
        except Refused as refused:
            wrong = refused
    page = render_template(
        "actions/order.html", units=units_of(reading), unit=unit, **form_of(round_, unit, reading, wrong)
    )
    return answered(page, wrong)


def give(round_: Round, unit: str, reading: Reading) -> None:
    """Give the order that the form holds. Raises Refused."""
    line = deeds.typed_line(round_, request.form)
    if unit not in dict(units_of(reading)):
        raise NotFound("Choose the unit that the order is for.")
    deeds.give_order(round_, unit, line, signed_in().email)
    flash(i18n.say(g.language, "The order was given. The unit's head reads it beside the plan."))


@orders.post("/<round_id>/<code>/<any(approve, return):verdict>")
@requires(DIRECTOR)
def decide(round_id: str, code: str, verdict: str) -> Page:
    """Approve a plan as it stood on the page, or send it back with a remark."""
    reading, round_ = rated(round_id, code), round_by_id(round_id)
    who, day = signed_in().email, today()
    try:
        if verdict == "approve":
            plans.approve(round_, code, version(), who, day)
        else:
            plans.send_back(round_, code, version(), request.form, who, day)
    except Refused as refused:
        return answered(drawn(round_, code, reading, refused), refused)
    return back(round_id, code)
