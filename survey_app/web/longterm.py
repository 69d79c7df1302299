"""Aims by year, and what other indices say: read by the director, entered by the officer on the same pages."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from flask import flash, g, redirect, render_template, request, send_file, url_for

from survey_app import i18n
from survey_app.diagnostics import InputProblems, Problem
from survey_app.errors import NotFound, Refused
from survey_app.results import aims, comparison, external, heat, outlook
from survey_app.results.reading import Reading
from survey_app.staff.roles import DIRECTOR, OFFICER
from survey_app.web.director import Page, director
from survey_app.web.director_views import reading_of
from survey_app.web.guard import requires, said, signed_in


@director.get("/<round_id>/aims")
@requires(DIRECTOR, OFFICER)
def aims_page(round_id: str) -> Page:
    """Aims against what was reached."""
    return drawn_aims(round_id, ())


def drawn_aims(round_id: str, wrong: Sequence[str]) -> str:
    """The page; `wrong`: what kept an entry from being made."""
    reading = reading_of(round_id)
    return render_template(
        "director/aims.html",
        round_id=round_id,
        round=reading.text(reading.result.title),
        synthetic=reading.result.synthetic,
        aims=outlook.aim_lines(reading, aims.all_aims()),
        year=reading.result.year,
        nodes=[(node, heat.column_label(reading, node)) for node in aims.indices_of(reading.plan)],
        scopes=scope_choices(reading),
        on=reading.plan.shown_on,
        typed=request.form,
        wrong=[("entry", line) for line in wrong],
    )


def scope_choices(reading: Reading) -> list[tuple[str, str]]:
    """Kinds of unit, then units by name."""
    kinds, codes = aims.scopes()
    known = ((code, reading.name(code)) for code in codes if code in reading.lines)
    return [
        *((kind, outlook.whom(reading, kind)) for kind in kinds if comparison.kind_words(g.language, kind) != kind),
        *sorted(known, key=lambda one: i18n.alphabetical(one[1])),
    ]


@director.get("/<round_id>/external")
@requires(DIRECTOR, OFFICER)
def external_page(round_id: str) -> Page:
    """Other indices beside CDCI's own trend."""
    return drawn_external(round_id, ())


def drawn_external(round_id: str, wrong: Sequence[str]) -> str:
    reading = reading_of(round_id)
    return render_template(
        "director/external.html",
        round_id=round_id,
        page=outlook.outlook(reading, external.all_scores()),
        names=external.NAMES,
        typed=request.form,
        wrong=[("entry", line) for line in wrong],
    )


# ---------------------------------------------------------------- entered by the officer


@director.get("/<round_id>/<any(aims, external):what>.csv")
@requires(OFFICER)
def entered(round_id: str, what: str) -> Page:
    """What was entered so far, as the upload reads it."""
    reading_of(round_id)
    text = aims.as_table() if what == "aims" else external.as_table()
    content = io.BytesIO(text.encode("utf-8-sig"))
    return send_file(content, mimetype="text/csv", as_attachment=True, download_name=f"{what}.csv")


@director.post("/<round_id>/<any(aims, external):what>/<any(add, remove, table):entry>")
@requires(OFFICER)
def enter(round_id: str, what: str, entry: str) -> Page:
    """One line, a whole list, or a line taken out; all or nothing."""
    reading_of(round_id)
    drawn = drawn_aims if what == "aims" else drawn_external
    try:
        count = ENTRIES[entry](what, request.form)
    except NotFound:
        raise
    except InputProblems as found:
        lines = [str(one) if entry == "table" else in_words(what, one) for one in found.problems]
        return drawn(round_id, lines), 400
    except Refused as refused:
        return drawn(round_id, [said(refused)]), refused.status
    flash(i18n.say(g.language, "{count} lines were changed.", count=count))
    return redirect(url_for(f"director.{what}_page", round_id=round_id))


def added(what: str, form: Mapping[str, str]) -> int:
    verbs = aims if what == "aims" else external
    verbs.add(form, signed_in().email)
    return 1


def removed(what: str, form: Mapping[str, str]) -> int:
    """Raises NotFound for a line that is not there."""
    year = int(form["year"]) if form.get("year", "").isdigit() else 0
    if what == "aims":
        aims.remove(form.get("node", ""), form.get("scope", ""), year, signed_in().email)
    else:
        external.remove(form.get("index", ""), year, signed_in().email)
    return 1


def read_list(what: str, form: Mapping[str, str]) -> int:
    upload = request.files.get("table")
    if upload is None or not upload.filename:
        raise Refused("Choose a file first: CSV or XLSX.")
    read = aims.import_aims if what == "aims" else external.import_scores
    return read(Path(upload.filename), signed_in().email, upload.stream.read())


ENTRIES = {"add": added, "remove": removed, "table": read_list}


def in_words(what: str, problem: Problem) -> str:
    """What is wrong with a field of the form, in the language of the page."""
    columns = aims.COLUMNS if what == "aims" else external.COLUMNS
    field = field_label(columns[problem.column - 1])
    words = {
        "empty": i18n.say(g.language, "{field}: fill it in.", field=field),
        "number": i18n.say(g.language, "{field}: write a number, for example 12,5.", field=field),
        "ambiguous": i18n.say(g.language, "{field}: write it without a mark between thousands.", field=field),
        "whole_number": i18n.say(g.language, "{field}: write a whole number that is possible.", field=field),
        "years": i18n.say(g.language, "The year of an aim may not lie before the year in which it was set."),
        "scale": i18n.say(g.language, "{field}: the number lies beyond the ends of its scale.", field=field),
        "rank": i18n.say(g.language, "The rank is larger than the number of those that were ranked."),
        "too_long": i18n.say(g.language, "{field}: shorten it.", field=field),
    }
    return words.get(problem.code, i18n.say(g.language, "{field}: choose one of the list.", field=field))


def field_label(column: str) -> str:
    """As the forms name it."""
    labels = {
        "node": i18n.say(g.language, "index"),
        "scope": i18n.say(g.language, "for whom"),
        "since": i18n.say(g.language, "set in"),
        "year": i18n.say(g.language, "year"),
        "value": i18n.say(g.language, "aim"),
        "index": i18n.say(g.language, "index"),
        "subject": i18n.say(g.language, "who was rated"),
        "score": i18n.say(g.language, "score"),
        "out_of": i18n.say(g.language, "top of the scale"),
        "rank": i18n.say(g.language, "rank"),
        "of": i18n.say(g.language, "of how many"),
        "source": i18n.say(g.language, "source"),
    }
    return labels[column][:1].upper() + labels[column][1:]
