"""What a mean tells of joined answers, checked by trying every way in which people may have answered."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from survey_app.scoring.joined import Weighed, determined_by_mean

SCORES = (0.0, 25.0, 50.0, 75.0, 100.0)


def every_sheet(question):
    """All ways in which a question's people may have answered: (sum of scores, counts by part and code)."""
    ways = [(0.0, ())]
    for people, scores in question.parts:
        one = [
            (sum(chosen), tuple(chosen.count(score) for score in scores))
            for chosen in itertools.combinations_with_replacement(scores, people)
        ]
        ways = [(total + more, (*counts, add)) for total, counts in ways for more, add in one]
    return ways


def by_trying(questions, low, high):
    """Question → how many joined answers have one possible number, by trying every combination of answers."""
    seen = [{} for _ in questions]
    total = sum(question.weight for question in questions)
    for ways in itertools.product(*(every_sheet(question) for question in questions)):
        mean = sum(q.weight * s / q.people for q, (s, _) in zip(questions, ways, strict=True)) / total
        if low - 1e-9 <= mean <= high + 1e-9:
            for place, (_, parts) in enumerate(ways):
                for part, counts in enumerate(parts):
                    for code, count in enumerate(counts):
                        seen[place].setdefault((part, code), set()).add(count)
    return [
        sum(len(seen[place][key]) == 1 for key in seen[place] if len(question.parts[key[0]][1]) > 1)
        for place, question in enumerate(questions)
    ]


@st.composite
def questions_and_mean(draw):
    found = []
    for _ in range(draw(st.integers(1, 2))):
        cut = draw(st.integers(1, 4))
        joined_below = draw(st.booleans())
        below = ((draw(st.integers(3, 4)), SCORES[:cut]),) if joined_below else ()
        above = tuple((draw(st.integers(1, 3)), (score,)) for score in SCORES[cut:])
        found.append(Weighed(draw(st.sampled_from([1.0, 2.0])), (*below, *above)))
    ways = [draw(st.sampled_from(every_sheet(question))) for question in found]
    total = sum(question.weight for question in found)
    mean = sum(q.weight * s / q.people for q, (s, _) in zip(found, ways, strict=True)) / total
    half = draw(st.sampled_from([0.05, 0.5, 2.0]))
    shown = round(mean / (2 * half)) * 2 * half
    return found, shown - half, shown + half


@settings(max_examples=400, deadline=None)
@given(questions_and_mean())
def test_what_is_said_to_follow_from_a_mean_does_follow(drawn):
    questions, low, high = drawn
    said = determined_by_mean(questions, low, high)
    truth = by_trying(questions, low, high)
    for place, question in enumerate(questions):
        mine = sum(one is question for one in said)
        assert mine <= truth[place] or mine <= sum(truth)
        others_known = all(len(scores) == 1 for q in questions if q is not question for _, scores in q.parts)
        if others_known:
            assert mine == truth[place], "with all else known, nothing that follows is missed"


def test_a_mean_to_one_decimal_tells_how_two_joined_answers_divide():
    joined = Weighed(1.0, ((3, (0.0, 25.0)), (37, (100.0,))))
    known = Weighed(1.0, ((40, (75.0,)),))
    mean = ((2 * 0 + 1 * 25 + 3700) / 40 + 75) / 2  # two said the worst, one the second worst
    assert determined_by_mean([joined, known], mean - 0.05, mean + 0.05) == [joined, joined]
    assert determined_by_mean([joined, known], mean - 0.5, mean + 0.5) == []


def test_of_a_question_of_which_nothing_is_shown_nothing_is_said_here():
    bare = Weighed(1.0, ((20, SCORES),), withheld=True)
    assert determined_by_mean([bare], 99.99, 100.0) == []
