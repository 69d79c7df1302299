"""The officer's desk: the rounds, where each stands, and the next step in plain words."""

from __future__ import annotations

import io
from itertools import groupby
from pathlib import Path

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from survey_app import i18n, jobs
from survey_app.ballot import minutes
from survey_app.ballot.keys import fingerprint_of
from survey_app.errors import Refused, WrongState
from survey_app.fieldwork import figures, frame, invitations, letters, rounds
from survey_app.fieldwork.progress import progress_of
from survey_app.fieldwork.steps import refuse_unless
from survey_app.fieldwork.units import placed_units
from survey_app.fieldwork.versions import plan_of, questionnaire_of
from survey_app.models import CLOSED, COUNTED, OPEN, PREPARING, PUBLISHED, STATES, WIPED, Job, Round
from survey_app.questionnaire.schema import say
from survey_app.results import poster, protocol, replies
from survey_app.staff import papers
from survey_app.staff.audit import record
from survey_app.staff.roles import DIRECTOR, OFFICER
from survey_app.web.guard import refuse, requires, said, settings, signed_in, staff_pages
from survey_app.web.keys import typed_shares

officer = Blueprint("officer", __name__, url_prefix="/staff/officer")
staff_pages(officer)

Page = str | Response | tuple[str, int]
REFRESH = 2  # seconds between two looks at running work
DUE = {"open": (PREPARING,), "close": (OPEN,), "wipe": (COUNTED,), "publish": (WIPED, PUBLISHED)}


@officer.get("/")
@requires(OFFICER, DIRECTOR)
def desk() -> Page:
    """All rounds, the newest first."""
    return render_template("officer/rounds.html", rounds=rounds.all_rounds(), say=say)


@officer.get("/<round_id>")
@requires(OFFICER, DIRECTOR)
def round_page(round_id: str) -> Page:
    """One round: its state, what to do now, its numbers."""
    round_ = rounds.round_by_id(round_id)
    words, reasons = rounds.next_step(round_, settings().contact)
    placed = placed_units(round_)
    return render_template(
        "officer/round.html",
        round=round_,
        states=STATES,
        words=words,
        reasons=[said(reason) for reason in reasons],
        steps=steps_of(round_, ready=not reasons),
        job=jobs.latest(settings(), round_),
        placed=placed,
        businesses=len(frame.businesses_of(round_)),
        invited=invitations.invited(round_),
        questionnaire=questionnaire_of(round_),
        plan=plan_of(round_),
        progress=progress_of(round_),
        gaps=figures.gaps(round_),
        key=fingerprint_of(round_),
        wipe_day=rounds.wipe_day(round_),
        today=minutes.today(),
        open_address=f"{settings().base_url}/open/",
        draft=replies.state_of(round_, minutes.today()),
        say=say,
    )


def steps_of(round_: Round, ready: bool) -> list[str]:
    """The steps whose button the page shows, the due one first."""
    return {
        PREPARING: [*(["open"] if ready else []), *(["try"] if round_.public_key else []), "keys", "letters"],
        OPEN: ["close", "letters"],
        CLOSED: ["count"],
        COUNTED: ["wipe", "recount"],
        WIPED: ["publish"],
        PUBLISHED: ["documents", "publish"],
    }[round_.state]


# ---------------------------------------------------------------- steps


@officer.get("/<round_id>/<any(open, close, wipe, publish):step>")
@requires(OFFICER, DIRECTOR)
def confirm(round_id: str, step: str) -> Page:
    """What the step does and what cannot be undone, before its button; only while the step is due."""
    round_ = rounds.round_by_id(round_id)
    refuse_unless(round_, *DUE[step])
    if step != "wipe" and signed_in().role != OFFICER:
        refuse()
    return render_template(
        "officer/confirm.html",
        round=round_,
        step=step,
        say=say,
        wipe_day=rounds.wipe_day(round_),
        today=minutes.today(),
        gaps=figures.gaps(round_),
        early=rounds.is_early(round_),
        replies_until=rounds.replies_until(round_),
    )


@officer.post("/<round_id>/open")
@requires(OFFICER)
def open_round(round_id: str) -> Page:
    """preparing → open."""
    opened = rounds.open_round(rounds.round_by_id(round_id), settings().contact)
    record(signed_in().email, "round opened", opened.id, f"register {opened.register_hash}")
    flash(i18n.say(g.language, "The round is open. Businesses can answer now."))
    return redirect(url_for("officer.round_page", round_id=opened.id))


@officer.post("/<round_id>/close")
@requires(OFFICER)
def close_round(round_id: str) -> Page:
    """open → closed; before the announced day is over only with the box ticked."""
    round_ = rounds.round_by_id(round_id)
    if rounds.is_early(round_) and not request.form.get("early"):
        raise WrongState(
            "The round is announced to be open until {day}. To close it before, tick the box above the button.",
            day=i18n.day(round_.closes_on, g.language),
        )
    note = rounds.closing_note(round_)
    closed = rounds.close_round(round_)
    record(signed_in().email, "round closed", closed.id, note)
    flash(i18n.say(g.language, "The round is closed. Unfinished answers were destroyed."))
    return redirect(url_for("officer.round_page", round_id=closed.id))


@officer.get("/<round_id>/count")
@requires(OFFICER)
def count_form(round_id: str) -> Page:
    """The form on which two key holders type their codes."""
    round_ = rounds.round_by_id(round_id)
    refuse_unless(round_, CLOSED)
    return render_template("officer/count.html", round=round_, say=say)


@officer.post("/<round_id>/count")
@requires(OFFICER)
def count(round_id: str) -> Page:
    """Start the count; the codes go down a pipe to its process and are kept nowhere."""
    round_ = rounds.round_by_id(round_id)
    try:
        job = jobs.start_count(settings(), round_, typed_shares(round_))
    except Refused as refused:
        return render_template("officer/count.html", round=round_, say=say, wrong=said(refused)), refused.status
    record(signed_in().email, "count started", round_.id)
    return to_work(job)


@officer.get("/<round_id>/recount")
@requires(OFFICER)
def recount_form(round_id: str) -> Page:
    """The same form, for a count that is compared with the first."""
    round_ = rounds.round_by_id(round_id)
    refuse_unless(round_, COUNTED)
    return render_template("officer/count.html", round=round_, say=say, again=True)


@officer.post("/<round_id>/recount")
@requires(OFFICER)
def recount(round_id: str) -> Page:
    """Count again and compare; what comes out goes into the staff log."""
    round_, who = rounds.round_by_id(round_id), signed_in().email
    try:
        job = jobs.start_recount(settings(), round_, typed_shares(round_), who)
    except Refused as refused:
        page = render_template("officer/count.html", round=round_, say=say, again=True, wrong=said(refused))
        return page, refused.status
    record(who, "recount started", round_.id)
    return to_work(job)


@officer.post("/<round_id>/wipe")
@requires(OFFICER, DIRECTOR)
def wipe(round_id: str) -> Page:
    """Start the wipe when it is due; before that, note this person's order for an early one."""
    round_ = rounds.round_by_id(round_id)
    try:
        job = jobs.start_wipe(settings(), round_)
    except Refused:
        if not request.form.get("early"):
            raise
        both = rounds.order_wipe(round_, signed_in().email)
        record(signed_in().email, "early wipe ordered", round_.id)
        if not both:
            flash(i18n.say(g.language, "Your order is noted. A second person must order it too."))
            return redirect(url_for("officer.round_page", round_id=round_.id))
        job = jobs.start_wipe(settings(), rounds.round_by_id(round_id))
    record(signed_in().email, "wipe started", round_.id)
    return to_work(job)


@officer.post("/<round_id>/publish")
@requires(OFFICER)
def publish(round_id: str) -> Page:
    """Freeze the result and render all documents, in the background."""
    round_ = rounds.round_by_id(round_id)
    note = rounds.publishing_note(round_)
    job = jobs.start_publish(settings(), round_, early=bool(request.form.get("early")))
    record(signed_in().email, "publishing started", round_.id, note)
    return to_work(job)


def to_work(job: Job) -> Response:
    """To the page that shows how far the work is."""
    return redirect(url_for("officer.work", round_id=job.round_id, job_id=job.id))


@officer.get("/<round_id>/work/<int:job_id>")
@requires(OFFICER, DIRECTOR)
def work(round_id: str, job_id: int) -> Page:
    """How far it is; the page loads itself again while the work goes on, without a script."""
    job = jobs.progress(settings(), job_id)
    page = make_response(render_template("officer/work.html", round=rounds.round_by_id(round_id), job=job, say=say))
    if job.state in ("waiting", "running"):
        page.headers["Refresh"] = str(REFRESH)
    return page


# ---------------------------------------------------------------- the open channel


@officer.post("/<round_id>/open-channel")
@requires(OFFICER)
def open_channel(round_id: str) -> Page:
    """Switch it on or off, while the round is being prepared."""
    switch = "on" if request.form.get("switch") == "on" else "off"
    round_ = rounds.set_open_channel(rounds.round_by_id(round_id), switch == "on")
    record(signed_in().email, "open channel switched", round_.id, switch)
    return redirect(url_for("officer.round_page", round_id=round_.id, _anchor="open-channel"))


@officer.get("/<round_id>/poster.pdf")
@requires(OFFICER)
def open_poster(round_id: str) -> Page:
    """The poster for a counter."""
    round_ = rounds.round_by_id(round_id)
    content, name = poster.pdf(settings(), round_), f"{round_.id}-poster.pdf"
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


# ---------------------------------------------------------------- letters, figures, documents


@officer.get("/<round_id>/letters")
@requires(OFFICER)
def letters_form(round_id: str) -> Page:
    """How many businesses hold a code, and the next batch."""
    round_ = rounds.round_by_id(round_id)
    return render_template("officer/letters.html", **letters_state(round_))


def letters_state(round_: Round) -> dict[str, object]:
    """What the letters' page shows."""
    return {
        "round": round_,
        "waiting": len(invitations.uninvited(round_)),
        "invited": invitations.invited(round_),
        "batch": invitations.BATCH,
        "loopback": "" if settings().https else settings().base_url,
        "say": say,
    }


@officer.post("/<round_id>/letters")
@requires(OFFICER)
def print_letters(round_id: str) -> Page:
    """One batch of letters, or one business's letter anew; made in memory and sent, kept nowhere."""
    round_ = rounds.round_by_id(round_id)
    try:
        if tax_code := request.form.get("tax_code", "").strip():
            businesses = [frame.business_of(round_, tax_code)]
        else:
            businesses = invitations.uninvited(round_, invitations.BATCH)
        if not businesses:
            raise Refused("No business is without a code: there is nothing to print.")
        letters.refuse_without_library()
        pdf = letters.letters_pdf(settings(), round_, invitations.issue(round_, businesses))
    except Refused as refused:
        page = render_template("officer/letters.html", wrong=said(refused), **letters_state(round_))
        return page, refused.status
    note = f"again: {tax_code}" if tax_code else f"{len(businesses)} letters"
    record(signed_in().email, "letters made", round_.id, note)
    return send_file(
        io.BytesIO(pdf), mimetype="application/pdf", as_attachment=True, download_name=f"{round_.id}-letters.pdf"
    )


@officer.get("/<round_id>/figures")
@requires(OFFICER, DIRECTOR)
def figures_page(round_id: str) -> Page:
    """Which figures the plan counts, which are missing."""
    return render_template("officer/figures.html", **figures_state(rounds.round_by_id(round_id)))


def figures_state(round_: Round) -> dict[str, object]:
    """What the figures' page shows."""
    return {
        "round": round_,
        "leaves": [leaf for leaf in plan_of(round_).leaves if leaf.source != "question"],
        "gaps": {gap.leaf: gap.units for gap in figures.gaps(round_)},
        "placed": placed_units(round_),
        "say": say,
    }


@officer.get("/<round_id>/figures-<any(hard, panel):source>.csv")
@requires(OFFICER)
def figures_table(round_id: str, source: figures.Source) -> Page:
    """A table with the units' codes, to fill in and read back."""
    text = figures.table_to_fill(rounds.round_by_id(round_id), source)
    name = f"{round_id}-{source}.csv"
    content = io.BytesIO(text.encode("utf-8-sig"))
    return send_file(content, mimetype="text/csv", as_attachment=True, download_name=name)


@officer.post("/<round_id>/figures")
@requires(OFFICER)
def import_figures(round_id: str) -> Page:
    """Read an uploaded table of hard data or panel points."""
    round_ = rounds.round_by_id(round_id)
    upload = request.files.get("table")
    source: figures.Source = "panel" if request.form.get("source") == "panel" else "hard"
    try:
        if upload is None or not upload.filename:
            raise Refused("Choose a file first: CSV or XLSX.")
        count = figures.import_figures(round_, source, Path(upload.filename), upload.stream.read())
    except (Refused, figures.InputProblems) as wrong:
        lines = [str(problem) for problem in getattr(wrong, "problems", ())] or [said(wrong)]
        return render_template("officer/figures.html", wrong=lines, **figures_state(round_)), 400
    record(signed_in().email, "figures imported", round_.id, f"{source}: {count}")
    flash(i18n.say(g.language, "{count} figures were read.", count=count))
    return redirect(url_for("officer.figures_page", round_id=round_.id))


@officer.get("/<round_id>/minutes-<any(vi,en):language>.pdf")
@requires(OFFICER, DIRECTOR)
def minutes_of_the_count(round_id: str, language: str) -> Page:
    """The minutes, to print and sign."""
    content = protocol.pdf(settings(), rounds.round_by_id(round_id), language)
    name = f"{round_id}-minutes-{language}.pdf"
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


@officer.get("/<round_id>/documents")
@requires(OFFICER, DIRECTOR)
def documents(round_id: str) -> Page:
    """What was rendered when the round was published."""
    round_ = rounds.round_by_id(round_id)
    found = groupby(papers.papers_of(round_), key=lambda paper: (paper.kind, paper.unit))
    return render_template(
        "officer/documents.html",
        round=round_,
        documents=[(kind, unit, list(files)) for (kind, unit), files in found],
        placed=placed_units(round_),
        say=say,
    )


@officer.get("/<round_id>/documents/<kind>/<language>")
@officer.get("/<round_id>/documents/<kind>/<language>/<unit>")
@requires(OFFICER, DIRECTOR)
def document(round_id: str, kind: str, language: str, unit: str = "") -> Page:
    """One document's file."""
    round_ = rounds.round_by_id(round_id)
    path = papers.file_of(settings(), round_, kind, unit, language)
    return send_file(path, as_attachment=True, download_name=f"{round_.id}-{path.name}")
