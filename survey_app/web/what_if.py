"""The director's what-if page: other weights are tried, kept under a name, opened again. Nothing published changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from survey_app import i18n
from survey_app.errors import NotFound, Refused
from survey_app.fieldwork.rounds import round_by_id
from survey_app.results import scenarios, stored, what_if_page
from survey_app.results.reading import Reading
from survey_app.results.what_if_page import WhatIf
from survey_app.staff.roles import DIRECTOR, OFFICER
from survey_app.web.director import published_name
from survey_app.web.guard import requires, said, signed_in, staff_pages

what_if = Blueprint("what_if", __name__, url_prefix="/staff/director")
staff_pages(what_if)

Page = str | Response | tuple[str, int]
WEIGHT = "w."  # before a node's id, in names of fields


@what_if.get("/<round_id>/what-if")
@requires(DIRECTOR, OFFICER)
def page(round_id: str) -> Page:
    """The page of one peer group: with the plan's weights, those in the address, or those of a scenario."""
    reading = stored.reading_of(published_name(round_id), g.language)
    opened = None
    if number := request.args.get("scenario", type=int):
        opened = scenarios.scenario(round_by_id(round_id), number)
    group = group_of(reading, opened.peer_group if opened else request.args.get("group", ""))
    fields = {node: str(weight) for node, weight in opened.weights.items()} if opened else weights_in(request.args)
    try:
        found = what_if_page.page(reading, group, fields)
    except Refused as refused:
        found = what_if_page.page(reading, group, {})
        return drawn(round_id, found, said(refused)), refused.status
    return drawn(round_id, found, opened=opened.name if opened else "")


@what_if.post("/<round_id>/what-if")
@requires(DIRECTOR, OFFICER)
def send(round_id: str) -> Page:
    """Without a script: compute with the weights that were typed. Or keep them under a name."""
    reading = stored.reading_of(published_name(round_id), g.language)
    group = group_of(reading, request.form.get("group", ""))
    fields = weights_in(request.form)
    if request.form.get("do") != "save":
        there: dict[str, Any] = {WEIGHT + node: weight for node, weight in fields.items()}
        return redirect(url_for("what_if.page", round_id=round_id, group=group, **there))
    name = request.form.get("name", "")
    try:
        weights = what_if_page.weights(reading, group, fields)
        kept = scenarios.save(round_by_id(round_id), group, name, weights, signed_in().email)
    except Refused as refused:
        return redrawn(round_id, reading, group, fields, refused, name)
    flash(i18n.say(g.language, "The scenario “{name}” was saved.", name=kept.name))
    return redirect(url_for("what_if.page", round_id=round_id, scenario=kept.id))


@what_if.post("/<round_id>/what-if/<int:scenario_id>/delete")
@requires(DIRECTOR, OFFICER)
def delete(round_id: str, scenario_id: int) -> Page:
    """Delete a scenario."""
    round_ = round_by_id(published_name(round_id))
    group = scenarios.scenario(round_, scenario_id).peer_group
    scenarios.delete(round_, scenario_id, signed_in().email)
    flash(i18n.say(g.language, "The scenario was deleted."))
    return redirect(url_for("what_if.page", round_id=round_id, group=group))


def group_of(reading: Reading, wanted: str) -> str:
    """The peer group that was asked for, the first one where none was. Raises NotFound."""
    known = [group for group, _ in what_if_page.groups_of(reading)]
    if not known or (wanted and wanted not in known):
        raise NotFound("There is no such group of units with scores to show.")
    return wanted or known[0]


def weights_in(fields: Mapping[str, str]) -> dict[str, str]:
    """Weights by node, as they were typed."""
    return {name.removeprefix(WEIGHT): text for name, text in fields.items() if name.startswith(WEIGHT)}


def redrawn(
    round_id: str, reading: Reading, group: str, fields: Mapping[str, str], refused: Refused, name: str
) -> tuple[str, int]:
    """The page again, with what was typed where it can be, and what was wrong."""
    try:
        found = what_if_page.page(reading, group, fields)
    except Refused:
        found = what_if_page.page(reading, group, {})
    return drawn(round_id, found, said(refused), name=name), refused.status


def drawn(round_id: str, page: WhatIf, wrong: str = "", opened: str = "", name: str = "") -> str:
    """The page."""
    labels = dict(page.groups)
    kept = [one for one in scenarios.scenarios_of(round_by_id(round_id)) if one.group in labels]
    return render_template(
        "director/what_if.html",
        page=page,
        round_id=round_id,
        wrong=wrong,
        opened=opened,
        name=name,
        longest=scenarios.LONGEST,
        kept=[(one, labels[one.group]) for one in kept],
        data=what_if_page.in_html(page.board.data) if page.board else "",
    )
