"""What everybody may read: published rounds by tier, their method, open data, receipts, manifest; privacy notice."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, g, render_template, request, send_file

from survey_app import i18n
from survey_app.ballot import labels
from survey_app.ballot.keys import fingerprint_of
from survey_app.errors import NotFound
from survey_app.fieldwork.rounds import current_open_round, round_by_id
from survey_app.fieldwork.versions import plan_of, questionnaire_of
from survey_app.i18n import number
from survey_app.models import PREPARING, Round
from survey_app.questionnaire.schema import say
from survey_app.results import method, open_data, receipts, stored
from survey_app.results import published as publishing
from survey_app.scoring.plan import Privacy
from survey_app.staff import papers
from survey_app.web.visit import Answered, choose_language, for_the_next

public = Blueprint("public", __name__)
public.before_request(choose_language)
public.after_request(for_the_next)

CHECKS = 60  # receipts looked up from one network prefix in ten minutes


FILES = {"press": "pdf", "open_csv": "zip", "open_json": "json"}  # what everybody may download, beside the manifest


@public.get("/results")
def home() -> Answered:
    """Published rounds, the newest first; and the place to check a receipt."""
    return shown_with()


@public.post("/results")
def check_receipt() -> Answered:
    """Whether a sheet was counted. A POST, so that the receipt stands in no address and no log."""
    if labels.too_many("receipt", labels.network_prefix(request.remote_addr), CHECKS):
        abort(429)
    typed = request.form.get("receipt", "").strip()[:80]
    if not typed:
        return shown_with(wrong=True)
    return shown_with(checked=typed, found=receipts.round_of(typed))


def shown_with(checked: str = "", found: str | None = None, wrong: bool = False) -> str:
    """The public page."""
    rounds = [publishing.page(stored.reading_of(round_.id, g.language)) for round_ in stored.published()]
    open_ = current_open_round()
    return render_template(
        "public/home.html",
        rounds=rounds,
        open_title=say(open_.title, g.language) if open_ else "",
        open_id=open_.id if open_ else "",
        files={round_.id: files_of(round_.id) for round_ in rounds},
        why_left_out=publishing.why_left_out(g.language),
        checked=checked,
        found=found,
        wrong=wrong,
        organisation=rounds[0].organisation if rounds else "",
    )


def files_of(round_id: str) -> dict[str, list[str]]:
    """Kind → languages of the public files that were made of a round, as far as they are there."""
    found: dict[str, list[str]] = {}
    for paper in papers.papers_of(round_by_id(round_id)):
        if paper.kind in FILES:
            found.setdefault(paper.kind, []).append(paper.language)
    return found


@public.get("/results/<round_id>/method")
def method_page(round_id: str) -> Answered:
    """How the round is counted, from its own plan: there to be read as soon as the plan is fixed."""
    round_ = fixed(round_id)
    return render_template(
        "public/method.html",
        page=method.page(plan_of(round_), questionnaire_of(round_), g.language),
        round=round_,
        title=say(round_.title, g.language),
        organisation=say(round_.organisation, g.language),
    )


def fixed(round_id: str) -> Round:
    """The round with this name, once questionnaire and plan cannot change any more. Raises NotFound."""
    round_ = round_by_id(round_id)
    if round_.state == PREPARING:
        raise NotFound("There is no published round {round}.", round=round_id)
    return round_


@public.get("/results/<round_id>/open-data")
def open_data_page(round_id: str) -> Answered:
    """Questions about units with 100 answers or more, as a table and as files."""
    round_ = published(round_id)
    reading = stored.reading_of(round_.id, g.language)
    return render_template(
        "public/open_data.html",
        round=round_,
        title=say(round_.title, g.language),
        organisation=say(round_.organisation, g.language),
        grid=open_data.grid(reading),
        least=open_data.LEAST,
        lowest=number(reading.plan.shown_on.min, 0, g.language),
        highest=number(reading.plan.shown_on.max, 0, g.language),
        files=files_of(round_.id),
    )


@public.get("/results/<round_id>/<any(press,open_csv,open_json):kind>-<any(vi,en,'zh-Hans'):language>")
def file(round_id: str, kind: str, language: str) -> Response:
    """A public file, as it was made when the round was published."""
    path = papers.file_of(current_app.config["SETTINGS"], published(round_id), kind, "", language)
    return send_file(path, as_attachment=kind != "press", download_name=f"{round_id}-{path.name}")


@public.get("/results/<round_id>/receipts.txt")
def receipt_list(round_id: str) -> Response:
    """The sorted SHA-256 of every receipt counted in a published round, a line each."""
    lines = "".join(f"{hash_}\n" for hash_ in receipts.hashes(published(round_id).id))
    name = f"{round_id}-receipts.txt"
    return Response(lines, mimetype="text/plain", headers={"Content-Disposition": f"attachment; filename={name}"})


@public.get("/results/<round_id>/manifest.json")
def manifest(round_id: str) -> Response:
    """The manifest as it was made when the round was published."""
    path = papers.file_of(current_app.config["SETTINGS"], published(round_id), "manifest", "", "vi")
    return send_file(path, as_attachment=True, download_name=f"{round_id}-manifest.json")


def published(round_id: str) -> Round:
    """The published round with this name. Raises NotFound, whatever else the round is."""
    for round_ in stored.published():
        if round_.id == round_id:
            return round_
    raise NotFound("There is no published round {round}.", round=round_id)


@public.get("/privacy")
def privacy() -> Answered:
    """What Law 91/2025/QH15 asks a controller to tell."""
    round_ = current_open_round()
    settings = current_app.config["SETTINGS"]
    return render_template(
        "public/privacy.html",
        organisation=say(round_.organisation, g.language) if round_ else "",
        contact=settings.contact,
        recount_days=round_.recount_days if round_ else settings.recount_days,
    )


@public.get("/protection")
def protection() -> Answered:
    """The protection in plain words and pictures, and who can learn what: for businesses and for auditors."""
    round_ = current_open_round()
    alone = round_.custodians[0] if round_ and len(round_.custodians) == 1 else ""
    least = (plan_of(round_).privacy if round_ else Privacy()).min_score
    return render_template(
        "public/protection.html",
        threats=threats(g.language, least, alone),
        single_key_holder=alone,
        rehearsal=round_ is not None and round_.rehearsal,
        key=fingerprint_of(round_) if round_ else "",
    )


def threats(language: str, least: int, alone: str = "") -> tuple[tuple[str, str, str], ...]:
    """Who, what they can learn, what they cannot; `least` sheets show a score, `alone` is a single key holder."""
    nothing = i18n.say(language, "who answered, who answered what")
    everything = i18n.say(language, "who answered what")
    return (
        (
            i18n.say(language, "The unit that you rate, and its head"),
            i18n.say(language, "the unit's numbers, from {n} sheets on; comments that were released", n=least),
            nothing,
        ),
        (
            i18n.say(language, "The director, other units, the public"),
            i18n.say(language, "numbers of units, comments that were released; the public: tiers only"),
            nothing,
        ),
        (
            i18n.say(language, "The survey officer"),
            i18n.say(
                language,
                "who was invited; how many have answered, in tens and groups of 20 or more; by printing a business's "
                "letter anew and trying its code, whether it has answered: each such letter stands in the staff log",
            ),
            i18n.say(language, "who answered what"),
        ),
        (
            i18n.say(language, "Whoever holds the database, its logs and its backups"),
            i18n.say(language, "until the wipe: which codes were used"),
            i18n.say(language, "what any of them answered"),
        ),
        (
            i18n.say(language, "Whoever finds the open link of a round that has one"),
            i18n.say(language, "nothing: what is said there can be said by anybody, and is counted apart"),
            i18n.say(language, "who answered"),
        ),
        *([the_single_key(language, everything)] if alone else of_the_keys(language, everything)),
        (
            i18n.say(language, "Whoever controls the running server completely"),
            i18n.say(language, "what is answered while it is being answered"),
            i18n.say(language, "what was answered before"),
        ),
        (
            i18n.say(language, "Whoever sees your receipt"),
            i18n.say(language, "that your sheet was counted"),
            i18n.say(language, "what you answered"),
        ),
    )


def of_the_keys(language: str, everything: str) -> list[tuple[str, str, str]]:
    """One of three key holders, and two of them."""
    return [
        (
            i18n.say(language, "One key holder, also together with the database"),
            i18n.say(language, "no more than without the key"),
            i18n.say(language, "what anybody answered"),
        ),
        (
            i18n.say(language, "Two key holders together with the database, before their sheets are destroyed"),
            everything,
            "–",
        ),
    ]


def the_single_key(language: str, everything: str) -> tuple[str, str, str]:
    """The only key holder."""
    return (
        i18n.say(language, "The key holder together with the database, before the key sheet is destroyed"),
        everything,
        "–",
    )
