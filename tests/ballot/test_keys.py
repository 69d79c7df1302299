"""The round's key: two of three key holders, and every other handful of sheets refused with the reason."""

from __future__ import annotations

import itertools

import pytest
from cryptography.exceptions import InvalidTag

from survey_app.ballot import crockford, keys
from survey_app.errors import KeysRefused
from survey_app.models import Round

ROUND, QUESTIONNAIRE = "cdci-2024", "ab" * 32


@pytest.fixture(scope="module")
def ceremony():
    return keys.hold_ceremony(ROUND, QUESTIONNAIRE)


def opens(ceremony, shares):
    sealed = keys.SUITE.encrypt(b"a sheet", keys.public_key_of(ceremony.public_key), b"info")
    return keys.SUITE.decrypt(sealed, keys.open_with(ROUND, ceremony.public_key, shares), b"info") == b"a sheet"


@pytest.mark.parametrize("pair", list(itertools.permutations(range(3), 2)))
def test_any_two_of_three_shares_open_the_box(ceremony, pair):
    assert opens(ceremony, [ceremony.shares[place] for place in pair])


@pytest.mark.parametrize("place", range(3))
def test_one_share_alone_opens_nothing(ceremony, place):
    with pytest.raises(KeysRefused, match="Two codes of different key holders"):
        keys.open_with(ROUND, ceremony.public_key, [ceremony.shares[place]])
    with pytest.raises(KeysRefused, match=f"Both codes are share {place + 1}"):
        keys.open_with(ROUND, ceremony.public_key, [ceremony.shares[place]] * 2)


def test_a_share_passed_off_as_the_secret_opens_nothing(ceremony):
    share = keys.read_share(ceremony.shares[0])
    forged = keys.Share(keys.SINGLE, share.tag, share.value)
    with pytest.raises(KeysRefused, match="do not open this round's box"):
        keys.open_with(ROUND, ceremony.public_key, [forged.printed])


def test_a_share_with_right_checks_and_wrong_content_opens_nothing(ceremony):
    share = keys.read_share(ceremony.shares[0])
    forged = keys.Share(1, share.tag, bytes(16))
    with pytest.raises(KeysRefused, match="do not open this round's box"):
        keys.open_with(ROUND, ceremony.public_key, [forged.printed, ceremony.shares[1]])


def test_a_share_of_another_round_is_named_as_such(ceremony):
    other = keys.hold_ceremony("cdci-2023", QUESTIONNAIRE)
    with pytest.raises(KeysRefused, match=r"Code 2 belongs to another round.*cdci-2024"):
        keys.open_with(ROUND, ceremony.public_key, [ceremony.shares[0], other.shares[1]])


def test_a_share_of_an_earlier_key_is_named_as_such(ceremony):
    earlier = keys.hold_ceremony(ROUND, QUESTIONNAIRE)
    with pytest.raises(KeysRefused, match="Code 1 belongs to an earlier key of this round"):
        keys.open_with(ROUND, ceremony.public_key, [earlier.shares[0], ceremony.shares[1]])


def test_a_typing_error_is_told_by_its_group(ceremony):
    for place, right in enumerate(ceremony.shares[0]):
        if right == "-":
            continue
        wrong = crockford.ALPHABET[(crockford.ALPHABET.index(right) + 7) % 32]
        typed = ceremony.shares[0][:place] + wrong + ceremony.shares[0][place + 1 :]
        with pytest.raises(KeysRefused, match=f"Code 1 is mistyped in group {place // 6 + 1}") as refused:
            keys.read_share(typed)
        assert typed[:5] not in str(refused.value)


def test_swapped_groups_are_found(ceremony):
    groups = ceremony.shares[0].split("-")
    groups[2], groups[3] = groups[3], groups[2]
    with pytest.raises(KeysRefused, match="mistyped in group 3"):
        keys.read_share("-".join(groups))


@pytest.mark.parametrize("text", ["", "1234", "mật khẩu", "A" * 500])
def test_what_is_no_share_says_what_a_share_looks_like(text):
    with pytest.raises(KeysRefused, match="8 groups of 5 characters"):
        keys.read_share(text)


def test_shares_are_read_in_lower_case_and_with_spaces(ceremony):
    typed = ceremony.shares[1].lower().replace("-", "  ")
    assert keys.read_share(typed) == keys.read_share(ceremony.shares[1])


def test_a_single_key_holder_opens_alone():
    ceremony = keys.hold_ceremony(ROUND, QUESTIONNAIRE, single=True)
    assert len(ceremony.shares) == 1
    assert opens(ceremony, ceremony.shares)


def test_an_envelope_opens_for_its_round_and_questionnaire_only(ceremony):
    sealed = keys.SUITE.encrypt(b"x", keys.public_key_of(ceremony.public_key), keys.binding(ROUND, QUESTIONNAIRE))
    private = keys.open_with(ROUND, ceremony.public_key, ceremony.shares[:2])
    for info in (keys.binding("cdci-2023", QUESTIONNAIRE), keys.binding(ROUND, "cd" * 32)):
        with pytest.raises(InvalidTag):
            keys.SUITE.decrypt(sealed, private, info)


def test_the_same_secret_makes_another_key_in_another_round():
    assert keys.key_pair(bytes(16), "cdci-2023").public != keys.key_pair(bytes(16), "cdci-2024").public


def test_a_test_opening_is_noted_on_the_round(open_round):
    assert not open_round.round.shares_tested
    with pytest.raises(KeysRefused):
        keys.test_opening(open_round.round, open_round.shares[0], "")
    assert not Round.get_by_id(open_round.round.id).shares_tested
    keys.test_opening(open_round.round, open_round.shares[0], open_round.shares[2])
    assert Round.get_by_id(open_round.round.id).shares_tested


def test_a_round_without_a_ceremony_says_so(open_round):
    open_round.round.public_key = None
    with pytest.raises(KeysRefused, match="no key yet"):
        keys.recover(open_round.round, open_round.shares[:2])
