"""From a file to a checked questionnaire: all its problems at once, each with line, cause and fix."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from survey_app.diagnostics import InputProblems, Problem, Reading, Source, read_yaml, reading, shown
from survey_app.questionnaire.rules import findings
from survey_app.questionnaire.schema import FORMAT, Questionnaire
from survey_app.questionnaire.texts import Finding, MissingText, missing_translations

__all__ = ["MissingText", "check", "load", "loads", "missing_translations"]

MOST_QUESTIONS = 400
# Findings that name another part; if that part is already reported as wrong, they would only repeat it.
HANGS_ON_OTHERS = frozenset({"condition-name", "condition-code", "condition-type", "scale-unknown", "measure-unknown"})


def load(path: Path) -> Questionnaire:
    """The questionnaire of a file. Raises InputProblems; warnings (missing translations) do not stop it."""
    return _checked(read_yaml(path))


def loads(text: str, name: str = "<text>") -> Questionnaire:
    """The questionnaire of a YAML text. Raises InputProblems."""
    return _checked(read_yaml(text, name))


def check(paths: Iterable[Path]) -> list[Problem]:
    """Errors and warnings of several files, in the order of files and lines."""
    problems: list[Problem] = []
    for path in paths:
        try:
            problems.extend(sorted(_problems(_typed(read_yaml(path)))))
        except InputProblems as found:
            problems.extend(found.problems)
    return problems


def _checked(source: Source) -> Questionnaire:
    typed = _typed(source)
    errors = [problem for problem in _problems(typed) if problem.severity == "error"]
    if errors:
        raise InputProblems(errors)
    # One way to write each letter, so that the same words have the same hash.
    return Questionnaire.from_canonical(unicodedata.normalize("NFC", typed.value.canonical().decode()).encode())


def _typed(source: Source) -> Reading[Questionnaire]:
    """Raises InputProblems if this is no questionnaire of our format at all: then nothing else would be of use."""
    written = source.data.get("format") if isinstance(source.data, dict) else None
    if isinstance(written, str) and written != FORMAT:
        newer = re.fullmatch(r"survey-app/questionnaire/\d+", written)
        why = "it belongs to another version of this software" if newer else "this is not a questionnaire"
        fix = f"write format: {FORMAT}"
        raise InputProblems([source.problem(("format",), "format", f"the format is {shown(written)}", why, fix)])
    return reading(source, Questionnaire)


def _problems(typed: Reading[Questionnaire]) -> list[Problem]:
    problems = list(typed.problems)
    source = typed.source
    count = sum(len(section.questions) for section in typed.value.sections)
    if count > MOST_QUESTIONS:
        what, why = f"there are {count} questions", f"{MOST_QUESTIONS} are allowed"
        return [*problems, source.problem(("sections",), "questions-many", what, why, "ask less")]
    broken = _broken_names(typed)
    for found in findings(typed.value):
        repeats = found.code in HANGS_ON_OTHERS and any(f"'{name}'" in found.what for name in broken)
        if typed.sound(found.path) and not repeats and not _doubtful(typed, found):
            by_key = isinstance(found.path[-1], str)
            problem = source.problem(
                found.path, found.code, found.what, found.why, found.fix, key=by_key, severity=found.severity
            )
            problems.append(problem)
    return problems


def _doubtful(typed: Reading[Questionnaire], found: Finding) -> bool:
    """Whether it follows from a stand-in nearby: the ends of a scale whose number of points could not be read."""
    around = found.path[:2]
    if found.code in ("limits-range", "limits-max", "limits-min", "units-max"):
        around = found.path[:5]
    elif found.code in ("expect-code", "condition-code"):
        around = ("scales",)
    elif found.code not in ("scale-point", "scale-end", "measure-range", "measure-decimals", "measure-percent"):
        return False
    return any(path[: len(around)] == around for path in typed.unsound)


# What of a question, beside the whole of it, others may hang on when it cannot be read.
OF_A_QUESTION = ((), ("id",), ("scale",), ("measure",), ("rows",), ("options",))


def _broken_names(typed: Reading[Questionnaire]) -> set[str]:
    """Questions, scales and measures that are there but could not be read: others may well name them."""
    names: set[str] = set()
    for path in typed.unsound:
        if path[:1] in (("scales",), ("measures",)):
            names.update(str(step) for step in path[1:2])
        elif len(path) >= 4 and path[2] == "questions" and path[4:5] in OF_A_QUESTION:
            question = typed.source.data["sections"][path[1]]["questions"][path[3]]
            names.add(str(question.get("id")) if isinstance(question, dict) else "")
    return names
