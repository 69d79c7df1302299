"""Everything the product says, it says in three languages."""

import ast
import re

import pytest

from survey_app import i18n, jobs
from survey_app.fieldwork import letters, steps
from survey_app.questionnaire import messages as form_messages
from survey_app.staff import accounts
from tests.conftest import ROOT
from tests.house.messages import extracted

PLACEHOLDER = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module")
def messages():
    found = list(extracted(ROOT))
    assert len({message for _, _, message in found}) > 100, "the extraction found next to nothing"
    return found


@pytest.mark.parametrize("language", ["vi", "zh-Hans"])
def test_every_text_is_translated(messages, language):
    known = i18n.catalogue(language)
    missing = sorted({f"{file}:{line}: {text}" for file, line, text in messages if text not in known})
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("language", ["vi", "zh-Hans"])
def test_placeholders_are_the_same_in_every_language(language):
    for message, text in i18n.catalogue(language).items():
        assert set(PLACEHOLDER.findall(message)) == set(PLACEHOLDER.findall(text)), message


@pytest.mark.parametrize("language", ["vi", "zh-Hans"])
def test_no_translation_is_left_over(messages, language):
    said = {text for _, _, text in messages}
    assert sorted(set(i18n.catalogue(language)) - said) == []


def test_no_text_hides_from_the_extraction_inside_an_f_string():
    hidden = re.compile(r"""[fF]["'].*\{(i18n\.)?(say\(\w+(\.\w+)*, |_\()["']""")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "survey_app").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if hidden.search(line)
    ]
    assert found == []


SENTENCE = re.compile(r"[A-Z{][^ ]*( [^ ]+){2,}[.:?!]", re.DOTALL)
SAID_LATER = [
    *steps.NOT_DUE.values(), *steps.NEXT.values(), steps.NOT_READY, steps.READY,
    jobs.INTERRUPTED, accounts.REFUSED, letters.NO_PANGO, *form_messages.message_ids(),
]  # fmt: skip


@pytest.mark.parametrize("language", ["vi", "zh-Hans"])
def test_texts_that_are_said_by_variable_are_translated_too(language):
    assert sorted(set(SAID_LATER) - set(i18n.catalogue(language))) == []


def test_every_action_of_the_staff_log_is_found_by_the_extraction(messages):
    said = {text for file, _, text in messages if file.endswith(".py")}
    assert {"round opened", "keys made", "refused", "signed in", "letters made"} <= said


def unmarked(tree):
    """Sentences that stand in a constant of the module, or go up to a base class, without `N_` around them."""
    marked = {id(part) for call in ast.walk(tree) if isinstance(call, ast.Call) and called(call) == "N_"
              for part in ast.walk(call)}  # fmt: skip
    constants = [node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value]
    handed_up = [argument for call in ast.walk(tree) if isinstance(call, ast.Call) and called(call) == "__init__"
                 for argument in call.args]  # fmt: skip
    for value in (*constants, *handed_up):
        for part in ast.walk(value):
            text = part.value if isinstance(part, ast.Constant) else None
            if isinstance(text, str) and id(part) not in marked and SENTENCE.fullmatch(text):
                yield part.lineno, text


def called(call):
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def test_no_sentence_waits_in_a_constant_unmarked():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / "survey_app").rglob("*.py"))
        if "demo" not in path.parts  # what invented businesses write
        for line, text in unmarked(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []
