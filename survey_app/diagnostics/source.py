"""A file that a person wrote, read strictly: texts, lists and mappings only, each with its place.

Every scalar stays text: YAML 1.1 turns `no` into False, `12:30:00` into 45000 and `1.10` into 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from survey_app.diagnostics.problem import InputProblems, Problem, shown, suggestion

LARGEST_FILE = 1024 * 1024  # bytes; a questionnaire of 80 items in three languages has 60,000
DEEPEST = 24
MOST_VALUES = 50_000  # after aliases are followed: a "billion laughs" file grows here, not in memory


class Node(msgspec.Struct, eq=False):
    """A value of the file and where it begins (line and column count from 1). `size` counts the values below it."""

    line: int
    column: int
    value: str | list[Node] | dict[str, tuple[Node, Node]] | None  # a mapping holds (key, value) by the key's text
    size: int = 1

    def plain(self) -> Any:
        if isinstance(self.value, list):
            return [each.plain() for each in self.value]
        if isinstance(self.value, dict):
            return {key: node.plain() for key, (_, node) in self.value.items()}
        return self.value


class Source(msgspec.Struct, frozen=True, eq=False):
    """A file that was read: texts, lists and mappings only, each with its place."""

    file: str
    root: Node

    @property
    def data(self) -> Any:
        return self.root.plain()

    def position(self, path: Sequence[str | int], *, key: bool = False) -> tuple[int, int]:
        """(line, column) of the value at `path`, or of its key; of the nearest thing around it if it does not exist."""
        node = self.root
        place = (node.line, node.column)
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                name, node = node.value[str(step)]
                place = (name.line, name.column) if key else (node.line, node.column)
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                place = (node.line, node.column)
            else:
                break
        return place

    def problem(  # one argument for each part of a diagnostic
        self,
        path: Sequence[str | int],
        code: str,
        what: str,
        why: str,
        fix: str,
        *,
        key: bool = False,
        severity: Literal["error", "warning"] = "error",
    ) -> Problem:
        line, column = self.position(path, key=key)
        return Problem(self.file, line, column, code, what, why, fix, severity)


def read_yaml(origin: Path | str, name: str = "<text>") -> Source:
    """Read a file (a `Path`) or a text (a `str`). Raises InputProblems."""
    if isinstance(origin, Path):
        name = str(origin)
        text = _decoded(name, origin)
    else:
        text = origin
    text = text.removeprefix("\ufeff")
    problems = list(_unwanted_characters(name, text))
    if problems:
        raise InputProblems(problems)
    return _Builder(name).source(text)


def _decoded(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except OSError as error:
        why = error.strerror or "the system refused"
        raise InputProblems([Problem(name, 1, 1, "file-unreadable", "cannot be read", why, "check the path")]) from None
    if len(raw) > LARGEST_FILE:
        what, why = "the file is too large", "more than 1 MiB is refused"
        raise InputProblems([Problem(name, 1, 1, "yaml-size", what, why, "split it, or remove what is not needed")])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        problem = Problem(
            name, line, column, "yaml-utf8", "this is not UTF-8", "the file has another encoding", "save it as UTF-8"
        )
        raise InputProblems([problem]) from None


def _unwanted_characters(name: str, text: str) -> Iterable[Problem]:
    if len(text.encode("utf-8", "replace")) > LARGEST_FILE:
        yield Problem(name, 1, 1, "yaml-size", "the text is too large", "more than 1 MiB is refused", "split it")
        return
    for number, line in enumerate(text.split("\n"), 1):
        for match in UNWANTED.finditer(line.rstrip("\r")):
            column = match.start() + 1
            if match.group() == "\t":
                yield Problem(
                    name, number, column, "yaml-tab", "a tab", "its width differs between editors", "write spaces"
                )
            else:
                yield Problem(name, number, column, "yaml-control", unseen(match.group()), *NOT_A_TEXT)


def unseen(character: str) -> str:
    """What is said of a character without a shape of its own."""
    return f"a character that cannot be seen (U+{ord(character):04X})"


# Control characters, halves of pairs, marks that are no characters, and those of private use, which no font shows.
UNWANTED = re.compile(r"[\x00-\x08\t\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufeff\ufffe\uffff]")
NOT_A_TEXT = ("it does not belong in a text", "remove it")


class _Refused(Exception):
    def __init__(self, event: Event | None, code: str, what: str, why: str, fix: str) -> None:
        self.event, self.code, self.what, self.why, self.fix = event, code, what, why, fix
        super().__init__(code)


class _Builder:
    """Turns the parser's events into nodes, with limits; it never builds a Python object that the file names."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.anchors: dict[str, Node | None] = {}  # None while the anchored value is still being read

    def source(self, text: str) -> Source:
        try:
            self.events = iter(YAML(typ="safe", pure=True).parse(text))
            root = self._document()
        except _Refused as refused:
            self._add(refused.event, refused.code, refused.what, refused.why, refused.fix)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            why = " ".join(part for part in (error.context, error.problem) if part)
            fix = "look at this line and the one before: indentation, a missing colon, quote or bracket"
            self.problems.append(Problem(self.name, line, column, "yaml-syntax", "this is not YAML", why, fix))
        except (YAMLError, ValueError, TypeError, AttributeError, AssertionError, LookupError) as error:
            why, fix = f"the reader stopped: {type(error).__name__}", "compare the file with an example that works"
            self.problems.append(Problem(self.name, 1, 1, "yaml-syntax", "this is not YAML", why, fix))
        if self.problems:
            raise InputProblems(self.problems)
        return Source(self.name, root)

    def _add(self, event: Event | None, code: str, what: str, why: str, fix: str) -> None:
        mark = event.start_mark if event is not None else None
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        self.problems.append(Problem(self.name, line, column, code, what, why, fix))

    def _document(self) -> Node:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent) and root is not None:
                raise _Refused(event, "yaml-documents", "a second document", "a file is one document", "remove '---'")
            if isinstance(event, NodeEvent):
                root = self._node(event, 1)
        if root is None or root.value is None:
            raise _Refused(None, "yaml-empty", "the file is empty", "nothing is asked in it", "start from an example")
        return root

    def _node(self, event: NodeEvent, depth: int) -> Node:
        if depth > DEEPEST:
            raise _Refused(event, "yaml-depth", "too deep", f"{DEEPEST} levels are allowed", "write it flatter")
        if isinstance(event, AliasEvent):
            return self._alias(event)
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._add(event, "yaml-tag", f"the tag {shown(tag)}", "a file holds data only", "remove the tag")
        if event.anchor:
            self.anchors[event.anchor] = None
        node = Node(event.start_mark.line + 1, event.start_mark.column + 1, None)
        if isinstance(event, MappingStartEvent):
            node.value = self._mapping(depth, node)
        elif isinstance(event, SequenceStartEvent):
            node.value = self._sequence(depth, node)
        elif isinstance(event, ScalarEvent):
            # A plain scalar without characters is a place left empty; '' is a text that someone wrote.
            node.value = None if event.value == "" and event.style is None else event.value
            for character in sorted(set(UNWANTED.findall(event.value))):  # written as an escape such as "\\0"
                self._add(event, "yaml-control", unseen(character), *NOT_A_TEXT)
        if node.size > MOST_VALUES:
            fix = "use fewer aliases"
            raise _Refused(event, "yaml-aliases", "too many values", f"{MOST_VALUES} are allowed", fix)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _alias(self, event: AliasEvent) -> Node:
        name = str(event.anchor)
        if name not in self.anchors:
            fix = suggestion(name, self.anchors)
            raise _Refused(event, "yaml-alias-unknown", f"the alias *{name}", "no such anchor stands before it", fix)
        node = self.anchors[name]
        if node is None:
            fix = "write the value out"
            raise _Refused(event, "yaml-alias-cycle", f"the alias *{name}", "it stands inside itself", fix)
        return node

    def _children(self, depth: int, parent: Node) -> Iterable[tuple[Event, Node]]:
        for event in self.events:
            if isinstance(event, CollectionEndEvent):
                return
            if not isinstance(event, NodeEvent):
                continue
            node = self._node(event, depth + 1)
            parent.size += node.size
            if parent.size > MOST_VALUES:
                fix = "use fewer aliases"
                raise _Refused(event, "yaml-aliases", "too many values", f"{MOST_VALUES} are allowed", fix)
            yield event, node

    def _sequence(self, depth: int, parent: Node) -> list[Node]:
        return [node for _, node in self._children(depth, parent)]

    def _mapping(self, depth: int, parent: Node) -> dict[str, tuple[Node, Node]]:
        members: dict[str, tuple[Node, Node]] = {}
        pairs = iter(self._children(depth, parent))
        for event, key in pairs:
            _, value = next(pairs)
            if not isinstance(key.value, str):
                self._add(event, "yaml-key", "a key that is not a text", "a key is a word", "write a word before ':'")
            elif key.value == "<<":
                self._add(event, "yaml-merge", "the merge key '<<'", "it hides what is set", "write the keys out")
            elif key.value in members:
                first = members[key.value][0].line
                what, why = f"{shown(key.value)} stands twice", f"it is already set on line {first}"
                self._add(event, "yaml-duplicate-key", what, why, "remove one of the two")
            else:
                if value.value is None:  # nothing is written: the reader noticed it only on a later line
                    value.line, value.column = key.line, key.column
                members[key.value] = (key, value)
        return members
