"""The language of `show_when`: a condition parsed to a tree, never run as Python.

    ht01 == 'yes' and (tg01 > 24 or 'late' in reasons) and unit.kind != 'phong'

Names are questions that stand before (asked once, or of the same unit). A comparison with a missing answer is false,
whatever it compares; `not` turns that round, so `not answered(x)` is the way to ask for a missing answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

from survey_app.diagnostics import shown, suggestion

LONGEST = 500
DEEPEST = 12
UNIT_KIND = "unit.kind"

Comparison = Literal["==", "!=", "<", "<=", ">", ">="]


class Node(msgspec.Struct, frozen=True, tag_field="is"):
    """A part of a condition. As JSON (`msgspec.to_builtins`) it is what a page's script needs."""


class Compare(Node, frozen=True, tag="compare"):
    """`value` is a code, an ISO date, or (if `numeric`) decimal text in the base unit."""

    name: str
    operator: Comparison
    value: str
    numeric: bool


class Among(Node, frozen=True, tag="among"):
    name: str
    values: tuple[str, ...]
    numeric: bool


class Includes(Node, frozen=True, tag="includes"):
    """A multi or rank in which this code was chosen."""

    name: str
    code: str


class Answered(Node, frozen=True, tag="answered"):
    name: str


class Not(Node, frozen=True, tag="not"):
    part: Tree


class Every(Node, frozen=True, tag="every"):
    parts: tuple[Tree, ...]


class Some(Node, frozen=True, tag="some"):
    parts: tuple[Tree, ...]


Tree = Compare | Among | Includes | Answered | Not | Every | Some


class Name(msgspec.Struct, frozen=True):
    """What a condition may know of a question."""

    kind: Literal["code", "scale", "number", "several", "date", "text", "nothing"]
    codes: tuple[str, ...] = ()
    to_base: int = 1


class Fault(NamedTuple):
    """Something wrong in a condition."""

    code: str
    what: str
    why: str
    fix: str


class Scope(msgspec.Struct, frozen=True):
    """The names a condition may use (`names`), and what to say of those it may not (`closed`)."""

    names: Mapping[str, Name]
    closed: Mapping[str, Fault] = {}
    in_loop: bool = False


class ConditionFaulty(Exception):
    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(fault.what for fault in faults))
        self.faults = faults


def parse(text: str, scope: Scope) -> Tree:
    """The condition as a tree. Raises ConditionFaulty."""
    tree, faults = _Parser(text, scope).whole()
    if faults:
        raise ConditionFaulty(tuple(faults))
    return tree


def names(tree: Tree) -> Iterator[str]:
    """The questions a condition depends on."""
    if isinstance(tree, Every | Some):
        for part in tree.parts:
            yield from names(part)
    elif isinstance(tree, Not):
        yield from names(tree.part)
    elif tree.name != UNIT_KIND:
        yield tree.name


def names_in(text: str) -> list[str]:
    """All names that a condition's text mentions, also one that cannot be parsed (for the search for circles)."""
    return [match.group("name") for match in _TOKEN.finditer(text) if match.lastgroup == "name"]


# ---------------------------------------------------------------- parsing

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^'\n]*'|"[^"\n]*")|(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<sign>==|!=|<=|>=|<|>)"""
    r"""|(?P<mark>[()\[\],])|(?P<word>(?:and|or|not|in)\b)|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)?))"""
)


class _Literal(NamedTuple):
    value: str
    numeric: bool
    written: str


class _Syntax(Exception):
    def __init__(self, why: str, fix: str = "compare it with: ht01 == 'yes' and tg01 > 24") -> None:
        super().__init__(why)
        self.fix = fix


class _Parser:
    """Recursive descent; faults of meaning are collected, a fault of syntax ends it."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.text, self.scope = text, scope
        self.faults: list[Fault] = []
        self.tokens: list[tuple[str, str]] = []
        self.at = 0

    def whole(self) -> tuple[Tree, list[Fault]]:
        nothing = Some(())
        try:
            self._scan()
            tree = self._some(0)
            if self.at < len(self.tokens):
                raise _Syntax(f"{shown(self.tokens[self.at][1])} is not expected here")
        except _Syntax as wrong:
            what = f"the condition {shown(self.text)} cannot be read"
            return nothing, [*self.faults, Fault("condition-syntax", what, str(wrong), wrong.fix)]
        return tree, self.faults

    def _scan(self) -> None:
        if len(self.text) > LONGEST:
            raise _Syntax(f"it is longer than {LONGEST} characters", "split it, or ask more simply")
        place = 0
        end = len(self.text.rstrip())
        while place < end:
            match = _TOKEN.match(self.text, place)
            if match is None:
                rest = self.text[place:].strip()
                fix = "write '==' for equal" if rest.startswith("=") else "use names, codes in quotes, and, or, not, in"
                raise _Syntax(f"{shown(rest, 12)} is not understood", fix)
            self.tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
            place = match.end()
        if not self.tokens:
            raise _Syntax("it is empty", "write a condition, or remove show_when")

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "the end")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self.at += 1
        return token

    def _expect(self, mark: str) -> None:
        if self._next()[1] != mark:
            raise _Syntax(f"'{mark}' is missing", f"add '{mark}'")

    def _some(self, depth: int) -> Tree:
        parts = [self._every(depth)]
        while self._peek() == ("word", "or"):
            self._next()
            parts.append(self._every(depth))
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _every(self, depth: int) -> Tree:
        parts = [self._single(depth)]
        while self._peek() == ("word", "and"):
            self._next()
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _single(self, depth: int) -> Tree:
        if depth > DEEPEST:
            raise _Syntax(f"it is nested deeper than {DEEPEST} levels", "write it flatter")
        if self._peek() == ("word", "not"):
            self._next()
            return Not(self._single(depth + 1))
        if self._peek() == ("mark", "("):
            self._next()
            inner = self._some(depth + 1)
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Tree:
        sort, word = self._peek()
        if sort in ("text", "number"):
            literal = self._literal()
            if self._next() != ("word", "in"):
                raise _Syntax(f"a comparison begins with a question, not with {literal.written}")
            return self._includes(self._name(), literal)
        if (sort, word) == ("name", "answered"):
            self._next()
            self._expect("(")
            name = self._name()
            self._expect(")")
            self._look_up(name)
            return Answered(name)
        name = self._name()
        sort, sign = self._next()
        if sort == "sign":
            literal = self._literal()
            return self._compared(name, sign, literal)
        if (sort, sign) == ("word", "in"):
            return self._among(name, self._list())
        fix = f"write {name} == 'code', or answered({name})"
        raise _Syntax(f"after {shown(name)} a comparison is missing", fix)

    def _name(self) -> str:
        sort, word = self._next()
        if sort != "name":
            raise _Syntax(f"a question's id is expected where {shown(word)} stands")
        return word

    def _literal(self) -> _Literal:
        sort, word = self._next()
        if sort == "number":
            return _Literal(word, True, word)
        if sort == "text":
            return _Literal(word[1:-1], False, word)
        fix = f"put it in quotes: '{word}'" if sort == "name" else "write a code in quotes, or a number"
        raise _Syntax(f"a code in quotes or a number is expected where {shown(word)} stands", fix)

    def _list(self) -> list[_Literal]:
        self._expect("[")
        found = [self._literal()]
        while self._peek() == ("mark", ","):
            self._next()
            found.append(self._literal())
        self._expect("]")
        return found

    # ------------------------------------------------------------ meaning

    def _fault(self, code: str, what: str, why: str, fix: str) -> None:
        self.faults.append(Fault(code, what, why, fix))

    def _look_up(self, name: str) -> Name | None:
        if name in self.scope.closed:
            self.faults.append(self.scope.closed[name])
            return None
        if name not in self.scope.names:
            fix = suggestion(name, self.scope.names)
            self._fault("condition-name", f"there is no question {shown(name)} before this one", "nothing has it", fix)
            return None
        found = self.scope.names[name]
        if found.kind == "nothing":
            fix = "use a question that is answered"
            self._fault("condition-type", f"{shown(name)} has no answer to compare", "it only shows a text", fix)
            return None
        return found

    def _compared(self, name: str, sign: str, literal: _Literal) -> Tree:
        value = literal.value
        if name == UNIT_KIND:
            self._kind_of_unit(sign, literal)
        elif (known := self._look_up(name)) is not None:
            value = self._fitting(name, known, sign, literal)
        return Compare(name, sign, value, literal.numeric)  # type: ignore[arg-type]

    def _kind_of_unit(self, sign: str, literal: _Literal) -> None:
        if not self.scope.in_loop:
            fix = "use it in a section with for_each"
            self._fault("condition-unit", "unit.kind cannot be used here", "no unit is being rated", fix)
        if literal.numeric or sign not in ("==", "!="):
            self._fault("condition-type", "unit.kind is a word", "it is not a number", "write unit.kind == 'phong'")

    def _among(self, name: str, literals: list[_Literal]) -> Tree:
        values = [literal.value for literal in literals]
        numeric = literals[0].numeric
        if name == UNIT_KIND:
            for literal in literals:
                self._kind_of_unit("==", literal)
        elif (known := self._look_up(name)) is not None:
            values = [self._fitting(name, known, "==", literal) for literal in literals]
        return Among(name, tuple(values), numeric)

    def _includes(self, name: str, literal: _Literal) -> Tree:
        known = self._look_up(name)
        if known is not None and known.kind != "several":
            why, fix = "only one answer is given there", f"write {name} == {literal.written}"
            self._fault("condition-type", f"{shown(name)} is not a list of choices", why, fix)
        elif known is not None:
            self._code(name, known, literal)
        return Includes(name, literal.value)

    def _code(self, name: str, known: Name, literal: _Literal) -> None:
        if literal.numeric:
            fix = f"put the code in quotes: '{literal.value}'"
            self._fault("condition-type", f"{shown(name)} has codes, not numbers", "a code is quoted", fix)
        elif literal.value not in known.codes:
            fix = suggestion(literal.value, known.codes)
            self._fault("condition-code", f"{shown(name)} has no code {literal.written}", "it is never chosen", fix)

    def _fitting(self, name: str, known: Name, sign: str, literal: _Literal) -> str:
        """The literal as it is compared; reports what cannot be compared."""
        if known.kind == "several":
            fix = f"write {literal.written} in {name}"
            self._fault("condition-type", f"{shown(name)} may have several answers", "one is compared with all", fix)
        elif known.kind == "text":
            fix = f"write answered({name})"
            self._fault("condition-type", f"the words of {shown(name)} cannot be compared", "people write freely", fix)
        elif known.kind == "code":
            self._code(name, known, literal)
            if sign not in ("==", "!="):
                fix = f"write {name} == {literal.written}, or {name} in [...]"
                self._fault("condition-type", f"the codes of {shown(name)} have no order", f"{sign} needs one", fix)
        elif known.kind == "date":
            if literal.numeric or not re.fullmatch(r"\d{4}-\d\d-\d\d", literal.value):
                fix = "write a date in quotes: '2024-06-30'"
                self._fault("condition-type", f"{shown(name)} is a date", f"{literal.written} is not", fix)
        elif not literal.numeric:
            fix = f"write {name} {sign} {literal.value}" if literal.value.isdigit() else "write a number without quotes"
            self._fault("condition-type", f"{shown(name)} is a number", f"{literal.written} is a text", fix)
        elif known.kind == "scale" and literal.value not in known.codes:
            fix = f"write a point from {known.codes[0]} to {known.codes[-1]}"
            self._fault("condition-code", f"{shown(name)} has no point {literal.value}", "it is never chosen", fix)
        else:
            return str(Decimal(literal.value) * known.to_base)
        return literal.value
