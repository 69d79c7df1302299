"""A unit's own review of its procedures: which it keeps, simplifies or drops."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from survey_app.errors import Refused
from survey_app.models import Procedure, Round
from survey_app.results.reading import Reading
from survey_app.staff import procedures
from survey_app.staff.plans import Changed
from survey_app.staff.roles import UNIT_HEAD
from survey_app.web.actions import answered, back, form_of, own, version
from survey_app.web.guard import refuse, requires, signed_in, staff_pages

reviews = Blueprint("reviews", __name__, url_prefix="/staff/procedures")
staff_pages(reviews)

Page = str | Response | tuple[str, int]


@reviews.route("/<round_id>/<code>", methods=["GET", "POST"])
@requires(UNIT_HEAD)
def new(round_id: str, code: str) -> Page:
    """One more procedure that was looked through."""
    round_, reading = own(round_id, code)
    wrong = None
    if request.method == "POST":
        try:
            procedures.add_review(round_, code, procedures.typed_review(request.form), signed_in().email)
            return back(round_id, code)
        except Refused as refused:
            wrong = refused
    return review_form(round_, code, reading, None, wrong)


@reviews.route("/<round_id>/<code>/<int:review_id>", methods=["GET", "POST"])
@requires(UNIT_HEAD)
def review(round_id: str, code: str, review_id: int) -> Page:
    """Change one, or take it out."""
    round_, reading = own(round_id, code)
    row = procedures.review_by_id(round_, review_id)
    wrong: Refused | None = None
    if row.unit != code:
        refuse()
    if request.method == "POST":
        try:
            if request.form.get("remove"):
                procedures.remove_review(row, version(), signed_in().email)
            else:
                procedures.change_review(row, procedures.typed_review(request.form), version(), signed_in().email)
            return back(round_id, code)
        except Changed as refused:
            row, wrong = procedures.review_by_id(round_, review_id), refused
        except Refused as refused:
            wrong = refused
    return review_form(round_, code, reading, row, wrong)


def review_form(round_: Round, code: str, reading: Reading, row: Procedure | None, wrong: Refused | None) -> Page:
    """The form of one procedure."""
    page = render_template(
        "actions/procedure.html", row=row, unit_name=reading.name(code), longest=procedures.LONGEST,
        **form_of(round_, code, reading, wrong),
    )  # fmt: skip
    return answered(page, wrong)
