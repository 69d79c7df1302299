"""HTML to PDF: tagged, in our fonts, the same bytes for the same content, and nothing fetched from anywhere.

WeasyPrint is loaded here and nowhere else, when the first page is set. A warning it logs is a failure: a glyph that is
missing, a rule that is not understood, a file that is not there all end as a wrong document otherwise.
"""

from __future__ import annotations

import datetime
import functools
import gc
import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # nosec B405 # reads what our own templates made

import jinja2
import msgspec

from survey_app import i18n
from survey_app.config import PACKAGE
from survey_app.diagnostics import convert, read_yaml

HERE = "https://reports.invalid/"  # a name that can never exist: addresses in templates are relative to it
READ, ARCHIVED = "pdf/ua-1", "pdf/a-3a"  # variants: for readers; for the archive, with its data attached
EPOCH = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - nothing in a document may tell when it was made
Text = dict[str, str]


class NotSet(Exception):
    """A document could not be set without a warning."""


class Superior(msgspec.Struct, frozen=True):
    """The agency above the one that issues, from a year on."""

    from_year: int
    name: Text


class Attached(msgspec.Struct, frozen=True):
    """A file inside an archived document: the data that it shows."""

    name: str
    description: str
    content: bytes


class Letterhead(msgspec.Struct, frozen=True):
    """`reports/letterhead.yaml`: the official header, a deployment's own setting."""

    format: str
    national_title: Text
    motto: Text
    superior: tuple[Superior, ...] = ()
    place: Text = {}  # before the day of a document, such as Quảng Ninh

    def lines(self, language: str, year: int, issuer: str) -> dict[str, str]:
        """The header's four lines for a document of this year."""
        above = next(
            (one for one in sorted(self.superior, key=lambda one: -one.from_year) if year >= one.from_year), None
        )
        return {
            "superior": above.name.get(language, "") if above else "",
            "issuer": issuer,
            "national_title": self.national_title.get(language, ""),
            "motto": self.motto.get(language, ""),
        }


class Press:
    """Sets documents from the templates of one folder. Fonts and stylesheets are read once a process."""

    def __init__(self, reports: Path) -> None:
        self.reports = reports.resolve()
        loader = jinja2.ChoiceLoader(
            [jinja2.FileSystemLoader(self.reports), jinja2.FileSystemLoader(PACKAGE / "templates")]
        )
        self.templates = jinja2.Environment(
            loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
        )
        self.templates.filters["capitalised"] = capitalised
        self.letterhead = convert(read_yaml(self.reports / "letterhead.yaml"), Letterhead)

    @functools.cached_property
    def fonts(self) -> Any:
        from weasyprint.text.fonts import FontConfiguration

        return FontConfiguration()

    @functools.lru_cache(maxsize=8)  # noqa: B019 - one press a process
    def style(self, name: str) -> Any:
        """A parsed stylesheet; its fonts are added to the shared configuration."""
        from weasyprint import CSS

        text = (self.reports / name).read_text("utf-8")
        return CSS(string=text, base_url=HERE, url_fetcher=packaged_files(self.reports), font_config=self.fonts)

    def html(self, document: str, language: str, **content: object) -> str:
        """The document's text. `content` is what its template names."""
        template = self.templates.get_template(f"{document}/{document}.html")

        def translated(message: str, **values: object) -> str:
            return i18n.say(language, message, **values)

        self.templates.filters["tick"] = lambda value: i18n.number(value, 0 if value == int(value) else 1, language)
        return template.render(_=translated, language=language, **content)

    def pdf(
        self, document: str, language: str, year: int, issuer: str, attached: Attached | None = None, **content: object
    ) -> bytes:
        """The document as PDF/UA; with data `attached` as PDF/A-3a. Raises NotSet naming the first warning."""
        header = self.letterhead.lines(language, year, issuer)
        text = self.html(document, language, letterhead=header, **content)
        return self.set(text, ("page.css", f"{document}/{document}.css"), attached)

    def set(self, html: str, styles: tuple[str, ...], attached: Attached | None = None) -> bytes:
        """Set well-formed HTML with these stylesheets."""
        from weasyprint.urls import FatalURLFetchingError

        page = page_of(html, packaged_files(self.reports))
        with no_warnings(), no_collection(), refused_as(FatalURLFetchingError):
            written = page.write_pdf(
                stylesheets=[self.style(name) for name in styles],
                font_config=self.fonts,
                pdf_variant=ARCHIVED if attached else READ,
                attachments=[attachment_of(attached)] if attached else [],
                pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
            )
        return bytes(written)


@functools.cache
def press_of(reports: Path) -> Press:
    """The press of this process."""
    return Press(reports)


def capitalised(text: str) -> str:
    """A term of the glossary at the head of a line."""
    return text[:1].upper() + text[1:]


def attachment_of(attached: Attached) -> Any:
    """For WeasyPrint; without the moment of its making."""
    from weasyprint import Attachment

    return Attachment(
        string=attached.content, name=attached.name, description=attached.description, created=EPOCH, modified=EPOCH,
        relationship="Data",
    )  # fmt: skip


def page_of(html: str, fetcher: Any) -> Any:
    """WeasyPrint's document of our own well-formed text: read by the XML parser (a hundredth of an HTML parser's time),
    with `page.css` in the place of a browser's rules. A slip in a template is an error with its line."""
    from weasyprint import HTML, cssselect2

    class Page(HTML):  # type: ignore[misc]
        def __init__(self) -> None:
            root = ElementTree.fromstring(html)  # nosec B314 # our own template, all else in it escaped
            self.base_url, self.url_fetcher, self.media_type = HERE, fetcher, "print"
            self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
            self.etree_element = self.wrapper_element.etree_element

        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return []

    return Page()


@functools.lru_cache(maxsize=4)
def packaged_files(folder: Path) -> Any:
    """A fetcher of files below `folder` under `HERE`; every other address is refused."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class PackagedFiles(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            path = (folder / url.removeprefix(HERE)).resolve()
            if not url.startswith(HERE) or not path.is_relative_to(folder) or not path.is_file():
                raise FatalURLFetchingError(f"{url} is not a file of the reports folder")
            return URLFetcherResponse(url, path.read_bytes())

    return PackagedFiles()


class Complaints(logging.Handler):
    """Collects what WeasyPrint complains of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def no_warnings() -> Iterator[None]:
    """Whatever is logged as a warning inside is an error at the end."""
    logger, complaints = logging.getLogger("weasyprint"), Complaints()
    logger.addHandler(complaints)
    try:
        yield
    finally:
        logger.removeHandler(complaints)
    if complaints.lines:
        raise NotSet(complaints.lines[0])


@contextmanager
def refused_as(fatal: type[BaseException]) -> Iterator[None]:
    """WeasyPrint's fatal errors are no exceptions to most handlers: here they become ours."""
    try:
        yield
    except fatal as error:
        raise NotSet(str(error)) from None


@contextmanager
def no_collection() -> Iterator[None]:
    """A page makes a million short-lived objects: searching them for cycles again and again costs a tenth."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
