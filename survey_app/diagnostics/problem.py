"""One thing wrong at one place, and the words in which it is said."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal

import msgspec


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing wrong at one place. `severity` "warning" does not keep the file from being used."""

    file: str
    line: int
    column: int
    code: str
    what: str
    why: str
    fix: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        mark = "" if self.severity == "error" else "warning "
        text = f"{self.file}:{self.line}:{self.column}: {mark}[{self.code}] {self.what} — {self.why}. Fix: {self.fix}"
        return " ".join(text.split())


class InputProblems(Exception):
    """A file is wrong; all of its problems at once, in the order of its lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown(value: object, longest: int = 60) -> str:
    """A value as a message quotes it: one line, not long."""
    text = " ".join(str(value).split())
    return f"'{text}'" if len(text) <= longest else f"'{text[: longest - 1]}…'"


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if any is near."""
    words = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    return words[near[0]] if near else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """How to mend an unknown word: the one that was probably meant, else all that are known."""
    words = sorted(set(known))
    near = closest(word, words)
    if near:
        return f"did you mean {shown(near)}?"
    return f"write one of: {', '.join(words[:30])}" if words else "remove it: nothing of the kind is defined"
