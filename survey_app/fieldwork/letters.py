"""The printed invitation: one A4 page a business with its code and a QR picture. Made in memory, kept nowhere here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from peewee import chunked

from survey_app import i18n
from survey_app.ballot.tokens import Token
from survey_app.config import Settings
from survey_app.errors import Refused
from survey_app.fieldwork.invitations import BATCH
from survey_app.fieldwork.units import register_for
from survey_app.fieldwork.versions import questionnaire_of
from survey_app.i18n import N_
from survey_app.models import Business, Round
from survey_app.questionnaire.burden import burden
from survey_app.questionnaire.schema import say as said

NO_PANGO = N_(
    "PDF files need the libraries libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0. Install them: "
    "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)


class Letter(msgspec.Struct, frozen=True):
    """What differs from letter to letter."""

    name: str
    address: str
    tax_code: str
    groups: tuple[str, ...]
    qr: Markup


def letter_for(business: Business, token: Token, settings: Settings) -> Letter:
    """The letter of one business. The QR holds the address and, as a fragment that is never sent, the code."""
    picture = segno.make(f"{settings.base_url}/#{token.printed}", error="m", micro=False)
    svg = picture.svg_inline(border=0, omitsize=True, title=i18n.say("vi", "Invitation code as a QR picture"))
    return Letter(
        name=business.name,
        address=business.address,
        tax_code=business.tax_code,
        groups=tuple(token.printed.split("-")),
        qr=Markup(svg),  # nosec B704 # our own drawing
    )


def letters_pdf(settings: Settings, round_: Round, pairs: Iterable[tuple[Business, Token]]) -> bytes:
    """The letters of one batch as one PDF."""
    return bytes(document(settings, round_, pairs).write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=os.urandom(16)))


def document(settings: Settings, round_: Round, pairs: Iterable[tuple[Business, Token]]) -> Any:
    """The pages of a batch (a WeasyPrint Document). Raises Refused where the PDF library is missing."""
    refuse_without_library()
    import weasyprint

    html = weasyprint.HTML(
        string=page(settings, round_, [letter_for(business, token, settings) for business, token in pairs]),
        base_url=f"{(settings.reports / 'letters').resolve().as_uri()}/",
        url_fetcher=packaged_files_only(settings.reports),
    )
    return html.render()


def refuse_without_library() -> None:
    """Raise Refused where PDFs cannot be made: before codes are issued that nothing could print."""
    try:
        import weasyprint  # noqa: F401
    except OSError:
        raise Refused(NO_PANGO) from None


def packaged_files_only(folder: Path) -> Any:
    """A fetcher for our own files: no name or address in a letter makes us read or fetch anything else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    inside = folder.resolve().as_uri() + "/"

    class PackagedFiles(URLFetcher):  # type: ignore[misc]  # weasyprint carries no types
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if not url.startswith(inside) or ".." in url:
                raise FatalURLFetchingError(f"not one of our files: {url[:80]}")
            return super().fetch(url, headers)

    return PackagedFiles(allowed_protocols=("file",), allow_redirects=False)


def page(settings: Settings, round_: Round, letters: list[Letter]) -> str:
    """The HTML of a batch of letters."""
    environment = Environment(
        loader=FileSystemLoader(settings.reports / "letters"), autoescape=True, undefined=StrictUndefined
    )
    expected = {line.language: line.minutes for line in burden(questionnaire_of(round_), register_for(round_))}

    def minutes(language: str) -> int:
        return expected.get(language, max(expected.values()))

    def closing(language: str) -> str:
        return i18n.day(round_.closes_on, language)

    def welcome(language: str) -> str:
        return i18n.say(
            language,
            "{organisation} invites you to rate the units that you dealt with in the last 12 months. The results are "
            "used to find bottlenecks, to correct service attitudes and to simplify procedures. Answering takes about "
            "{minutes} minutes and is entirely voluntary. You may skip any question, stop and go on later, until "
            "{closing_date}. Praise and criticism help equally; what matters most is that your answers are true to "
            "your experience.",
            organisation=said(round_.organisation, language),
            minutes=minutes(language),
            closing_date=closing(language),
        )

    return environment.get_template("letter.html").render(
        round=round_,
        letters=letters,
        address=settings.base_url,
        contact=settings.contact,
        minutes=minutes,
        say=i18n.say,
        text=said,
        closing=closing,
        welcome=welcome,
        protection=protection(round_),
    )


def protection(round_: Round) -> Callable[[str], str]:
    """What the protocol protects, in one paragraph; a single key holder is said openly."""

    def words(language: str) -> str:
        if len(round_.custodians) == 1:
            return i18n.say(
                language,
                "This round has a single key holder: {custodian_1}. With the database, this person could open the box "
                "before the count.",
                custodian_1=round_.custodians[0],
            )
        first, second, third = round_.custodians
        return i18n.say(
            language,
            "Your sheet is sealed by encryption when you submit it and is opened only at the count, after "
            "{closing_date}. Nobody who holds the database, its logs and its backups can link a business to its "
            "answers, unless two of these three named key holders also act together before their key sheets are "
            "destroyed: {custodian_1}; {custodian_2}; {custodian_3}.",
            closing_date=i18n.day(round_.closes_on, language),
            custodian_1=first,
            custodian_2=second,
            custodian_3=third,
        )

    return words


# ---------------------------------------------------------------- files, from the command line only


def safe_target(settings: Settings, path: Path) -> Path:
    """A path for codes outside the instance, that does not exist yet. Raises Refused."""
    target = path.absolute()
    if target.resolve().is_relative_to(settings.instance.resolve()):
        raise Refused(
            "Codes are never written into the instance folder: name a path outside {path}.", path=settings.instance
        )
    if target.exists():
        raise Refused("{path} exists already: name another file.", path=path)
    if not target.parent.is_dir():
        raise Refused("There is no folder {path}.", path=target.parent)
    return target


def write_letters(
    settings: Settings,
    round_: Round,
    pairs: Iterator[tuple[Business, Token]],
    path: Path,
    step: Callable[[int], None] = lambda done: None,
) -> int:
    """All letters as one PDF (mode 0600) at a path outside the instance, batch by batch; how many."""
    parts = []
    count = 0
    with private_file(safe_target(settings, path)) as file:  # before the first code is made
        for part in chunked(pairs, BATCH):
            parts.append(document(settings, round_, part))
            count += len(part)
            step(count)
        pages = [page for part in parts for page in part.pages]
        if not pages:
            raise Refused("No business is without a code: there is nothing to print.")
        file.write(parts[0].copy(pages).write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=os.urandom(16)))
    return count


def private_file(path: Path) -> Any:
    """A new file that only its owner can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
