"""Every text the product says, as extracted from code and templates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

METHODS = [
    ("survey_app/translations/**", "ignore"),
    ("survey_app/**.py", "python"),
    ("survey_app/templates/**", "jinja2"),
    ("reports/**.html", "jinja2"),
]
# `_("…")` and `N_("…")` carry the text first; `say(language, "…")` and the staff log's `record(who, "…")` second.
REFUSALS = (
    "Refused", "NotFound", "NotAllowed", "NotSignedIn", "WrongState", "CodeRefused", "InvitationSpent", "DraftMoved",
    "SheetTooLong", "KeysRefused", "Remark", "NotWiped",
)  # fmt: skip
KEYWORDS = {"_": None, "N_": None, "say": (2,), "record": (2,)} | dict.fromkeys(REFUSALS)


def extracted(root: Path) -> Iterator[tuple[str, int, str]]:
    """(file, line, message id) of every text under `root`."""
    for folder in ("survey_app", "reports"):
        methods = [
            (pattern.removeprefix(f"{folder}/"), method) for pattern, method in METHODS if pattern.startswith(folder)
        ]
        options = {pattern: {"trimmed": "true"} for pattern, method in methods if method == "jinja2"}
        for file, line, message, *_ in extract_from_dir(
            str(root / folder), method_map=methods, options_map=options, keywords=KEYWORDS, strip_comment_tags=True
        ):
            yield f"{folder}/{file}", line, message if isinstance(message, str) else message[-1]
