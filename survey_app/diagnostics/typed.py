"""From texts to types: a source as a msgspec Struct, with every problem of type in it found in one run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import NODEFAULT, inspect

from survey_app.diagnostics.problem import InputProblems, Problem, shown, suggestion
from survey_app.diagnostics.source import Node, Source

T = TypeVar("T")
Place = tuple[str | int, ...]


class Reading(msgspec.Struct, Generic[T], eq=False):
    """A file with a type, as far as it went: where a part was wrong, `value` holds an empty stand-in.

    `unsound` are the paths of the stand-ins, so that later checks do not complain of what is already reported.
    """

    source: Source
    value: T
    problems: list[Problem]
    unsound: set[Place]

    def sound(self, path: Sequence[str | int]) -> bool:
        return not any(tuple(path[:length]) in self.unsound for length in range(len(path) + 1))


def convert(source: Source, kind: type[T]) -> T:
    """The file as a `kind` (a msgspec Struct). Raises InputProblems with every problem of type in it."""
    result = reading(source, kind)
    if result.problems:
        raise InputProblems(result.problems)
    return result.value


def reading(source: Source, kind: type[T]) -> Reading[T]:
    """The file as a `kind`, with the problems found on the way; for callers that go on checking."""
    typist = _Typist(source)
    value = typist.build(_type_info(cast(Any, kind)), source.root, ())
    return Reading(source, cast(T, value), typist.problems, typist.unsound)


@lru_cache(maxsize=16)
def _type_info(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


class _Typist:
    """Gives each text its type. A wrong part is reported, replaced by a stand-in, and the reading goes on."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.unsound: set[Place] = set()

    def wrong(self, path: Place, kind: inspect.Type, code: str, what: str, why: str, fix: str) -> Any:
        self.problems.append(self.source.problem(path, code, what, why, fix))
        self.unsound.add(path)
        return stand_in(kind)

    def build(self, kind: inspect.Type, node: Node, path: Place, rule: str = "") -> Any:
        if isinstance(kind, inspect.Metadata):
            return self.build(kind.type, node, path, (kind.extra_json_schema or {}).get("description", rule))
        name = shown(path[-1]) if path else "the file"
        if node.value is None:
            return self.wrong(
                path, kind, "value-missing", f"{name} has no value", "nothing is written", "write a value, or remove it"
            )
        if isinstance(kind, inspect.UnionType):
            return self._union(kind, node, path, rule)
        if isinstance(kind, inspect.StructType):
            return self._struct(kind, node, path)
        if isinstance(kind, inspect.DictType):
            return self._dict(kind, node, path)
        if isinstance(kind, inspect.CollectionType):
            return self._collection(kind, node, path)
        if isinstance(kind, inspect.AnyType):
            return node.plain()
        if not isinstance(node.value, str):
            why = "a list stands here" if isinstance(node.value, list) else "a mapping stands here"
            return self.wrong(path, kind, "not-a-text", f"{name} should be one value", why, "write a single value")
        return self._scalar(kind, node.value, path, rule)

    def _union(self, kind: inspect.UnionType, node: Node, path: Place, rule: str) -> Any:
        options = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        tagged = [each for each in options if isinstance(each, inspect.StructType) and each.tag_field]
        if len(options) == 1:
            return self.build(options[0], node, path, rule)
        if len(tagged) == len(options):
            return self._tagged(tagged, node, path)
        wanted: tuple[type, ...] = (inspect.CollectionType,)
        if isinstance(node.value, dict):
            wanted = (inspect.StructType, inspect.DictType)
        elif isinstance(node.value, str):
            wanted = (inspect.BoolType, inspect.IntType, inspect.FloatType, inspect.LiteralType, inspect.StrType)
        fitting = [each for each in options if isinstance(each, wanted)] or options
        for each in fitting[:-1]:
            attempt = _Typist(self.source)
            value = attempt.build(each, node, path, rule)
            if not attempt.problems:
                return value
        return self.build(fitting[-1], node, path, rule)

    def _tagged(self, options: list[inspect.StructType], node: Node, path: Place) -> Any:
        field = str(options[0].tag_field)
        if not isinstance(node.value, dict):
            return self._struct(options[0], node, path)
        by_tag = {str(each.tag): each for each in options}
        if field not in node.value:
            what, fix = f"{shown(field)} is missing", f"add {field}: one of {', '.join(sorted(by_tag))}"
            return self.wrong(path, options[0], "key-missing", what, "it says what kind of thing this is", fix)
        tag = node.value[field][1].value
        if not isinstance(tag, str) or tag not in by_tag:
            what, why = f"the {field} {shown(tag)}", f"there is no such {field}"
            self.problems.append(
                self.source.problem((*path, field), "type-unknown", what, why, suggestion(str(tag), by_tag))
            )
            self.unsound.add(path)
            return stand_in(options[0])
        return self._struct(by_tag[tag], node, path)

    def _struct(self, kind: inspect.StructType, node: Node, path: Place) -> Any:
        if not isinstance(node.value, dict):
            what = f"{shown(path[-1]) if path else 'the file'} should be a mapping"
            fix = "write key: value, with " + ", ".join(field.encode_name for field in kind.fields[:5])
            return self.wrong(path, kind, "not-a-mapping", what, "it has named parts", fix)
        known = {field.encode_name: field for field in kind.fields}
        for name in node.value:
            if name not in known and name != kind.tag_field:
                self._unknown_key((*path, name), name, known)
        values: dict[str, Any] = {}
        for name, field in known.items():
            if name in node.value:
                values[field.name] = self.build(field.type, node.value[name][1], (*path, name))
            elif field.required:
                fix = f"add {name}: …"
                owner = shown(path[-1]) if path else "the file"
                what = f"{shown(name)} is missing"
                if path and isinstance(path[-1], int):
                    owner = "this entry"
                self.problems.append(self.source.problem(path, "key-missing", what, f"{owner} needs it", fix))
                self.unsound.add((*path, name))
                values[field.name] = stand_in(field.type)
        try:
            return kind.cls(**values)
        except (TypeError, ValueError) as error:
            return self.wrong(path, kind, "value-refused", "the parts do not fit", str(error), "change one of them")

    def _unknown_key(self, path: Place, name: str, known: Iterable[str]) -> None:
        why = "a key that nobody reads would be lost in silence"
        problem = self.source.problem(
            path, "key-unknown", f"the key {shown(name)}", why, suggestion(name, known), key=True
        )
        self.problems.append(problem)

    def _dict(self, kind: inspect.DictType, node: Node, path: Place) -> Any:
        if not isinstance(node.value, dict):
            what = f"{shown(path[-1]) if path else 'the file'} should be a mapping"
            return self.wrong(path, kind, "not-a-mapping", what, "it has named parts", "write key: value")
        result: dict[Any, Any] = {}
        for name, (_, member) in node.value.items():
            key = self.build(kind.key_type, Node(member.line, member.column, name), (*path, name))
            result[key] = self.build(kind.value_type, member, (*path, name))
        return result

    def _collection(self, kind: inspect.CollectionType, node: Node, path: Place) -> Any:
        members = node.value
        if isinstance(members, str) and _is_text(kind.item_type):
            members = [node]  # `needs: clearance` is a list of one
        if not isinstance(members, list):
            what = f"{shown(path[-1]) if path else 'the file'} should be a list"
            return self.wrong(path, kind, "not-a-list", what, "there may be several", "write [a, b] or lines with '- '")
        values = [
            self.build(kind.item_type, each, path if each is node else (*path, index))
            for index, each in enumerate(members)
        ]
        if isinstance(kind, inspect.ListType):
            return values
        return frozenset(values) if isinstance(kind, inspect.FrozenSetType) else tuple(values)

    def _scalar(self, kind: inspect.Type, text: str, path: Place, rule: str) -> Any:
        name = shown(path[-1]) if path else "the value"
        if isinstance(kind, inspect.StrType):
            return self._text(kind, text, path, rule)
        if isinstance(kind, inspect.BoolType):
            if text in ("true", "false"):
                return text == "true"
            what, why = f"{name} is {shown(text)}", "it is a matter of true or false"
            return self.wrong(path, kind, "not-true-false", what, why, "write true or false")
        if isinstance(kind, inspect.LiteralType | inspect.EnumType):
            values = kind.values if isinstance(kind, inspect.LiteralType) else [each.value for each in kind.cls]
            if text in map(str, values):
                return text if isinstance(kind, inspect.LiteralType) else kind.cls(text)
            what, why = f"{name} is {shown(text)}", "it is not one of the words known here"
            return self.wrong(path, kind, "value-unknown", what, why, suggestion(text, map(str, values)))
        return self._number(kind, text, path)

    def _text(self, kind: inspect.StrType, text: str, path: Place, rule: str) -> Any:
        name = shown(path[-1]) if path else "the value"
        if kind.min_length and len(text.strip()) < kind.min_length:
            return self.wrong(path, kind, "text-empty", f"{name} is empty", "a text is needed", "write it")
        if kind.max_length is not None and len(text) > kind.max_length:
            why = f"{len(text)} characters; {kind.max_length} are allowed"
            return self.wrong(path, kind, "text-too-long", f"{name} is too long", why, "shorten it")
        if kind.pattern and not re.search(kind.pattern, text):
            why = rule or f"it should look like {kind.pattern}"
            return self.wrong(path, kind, "text-form", f"{name} is {shown(text)}", why, "change its spelling")
        return text

    def _number(self, kind: inspect.Type, text: str, path: Place) -> Any:
        name = shown(path[-1]) if path else "the value"
        whole = isinstance(kind, inspect.IntType)
        if not re.fullmatch(r"[+-]?[0-9]{1,15}" if whole else r"[+-]?([0-9]{1,15}(\.[0-9]*)?|\.[0-9]+)", text, re.A):
            why = "a whole number is needed" if whole else "a number is needed (point for decimals)"
            return self.wrong(path, kind, "not-a-number", f"{name} is {shown(text)}", why, "write digits, such as 10")
        value: Any = int(text) if whole else Decimal(text) if isinstance(kind, inspect.DecimalType) else float(text)
        if isinstance(kind, inspect.IntType | inspect.FloatType):
            low, high = _bounds(kind)
            if not low <= value <= high or value in (kind.gt, kind.lt):
                why = f"{low:g} to {high:g} is allowed"
                return self.wrong(path, kind, "number-range", f"{name} is {text}", why, "write a number in this range")
        return value


def _bounds(kind: inspect.IntType | inspect.FloatType) -> tuple[float, float]:
    lows = [each for each in (kind.ge, kind.gt) if each is not None]
    highs = [each for each in (kind.le, kind.lt) if each is not None]
    return max(lows, default=-math.inf), min(highs, default=math.inf)


def _is_text(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.Metadata):
        return _is_text(kind.type)
    return isinstance(kind, inspect.StrType | inspect.EnumType | inspect.LiteralType)


def stand_in(kind: inspect.Type) -> Any:
    """An empty value of a type, in the place of one that was wrong."""
    if isinstance(kind, inspect.Metadata):
        return stand_in(kind.type)
    if isinstance(kind, inspect.UnionType):
        return None if kind.includes_none else stand_in(kind.types[0])
    if isinstance(kind, inspect.StructType):
        return kind.cls(**{f.name: stand_in(f.type) for f in kind.fields if f.required and f.default is NODEFAULT})
    if isinstance(kind, inspect.DictType):
        return {}
    if isinstance(kind, inspect.CollectionType):
        return [] if isinstance(kind, inspect.ListType) else frozenset() if "Set" in type(kind).__name__ else ()
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, inspect.EnumType):
        return next(iter(kind.cls))
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return int(kind.ge or 0)
    return {inspect.BoolType: False, inspect.DecimalType: Decimal(0)}.get(type(kind), "")
