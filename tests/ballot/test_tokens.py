"""Codes on paper: typed wrongly they are recognised as mistyped, typed carelessly they are understood."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.ballot import crockford, tokens


@given(st.binary(min_size=16, max_size=16))
def test_a_printed_code_reads_back(value):
    token = tokens.Token(value)
    assert tokens.read_token(token.printed) == token
    assert [len(group) for group in token.printed.split("-")] == [4, 4, 4, 4, 4, 4, 3]


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        lambda text: text.replace("-", " "),
        lambda text: text.replace("-", ""),
        lambda text: text.replace("0", "O").replace("1", "l"),
        lambda text: text.replace("1", "I").replace("-", "–"),
        lambda text: f"  https://khaosat.example.vn/#{text}\n",
        lambda text: text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"}),  # full-width digits
    ],
)
def test_careless_typing_is_forgiven(change):
    token = tokens.Token(bytes.fromhex("00112233445566778899aabbccddeeff"))
    assert tokens.read_token(change(token.printed)) == token


def test_every_single_wrong_character_is_found():
    text = tokens.Token(bytes(range(16))).printed
    for place, right in enumerate(text):
        for wrong in crockford.ALPHABET:
            if right not in (wrong, "-"):
                assert tokens.read_token(text[:place] + wrong + text[place + 1 :]) is None


def test_every_swap_of_two_characters_is_found():
    text = tokens.Token(b"survey tokens 16").printed.replace("-", "")
    for first in range(len(text)):
        for second in range(first + 1, len(text)):
            swapped = list(text)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            if swapped != list(text):
                assert tokens.read_token("".join(swapped)) is None


@pytest.mark.parametrize("text", ["", "-", "U" * 27, "ABCD", "x" * 10_000, "\0" * 27, "💥" * 27])
def test_what_is_no_code_is_no_code(text):
    assert tokens.read_token(text) is None
    assert tokens.read_resume(text) is None


def test_a_token_shows_its_digest_only():
    token = tokens.new_token()
    assert token.digest == hashlib.sha256(token.value).digest()
    assert token.value.hex() not in repr(token)
    assert repr(token.value) not in repr(token)


def test_a_resume_code_reads_back_and_is_short():
    resume = tokens.new_resume()
    assert tokens.read_resume(resume.printed.lower()) == resume
    assert len(resume.printed.replace("-", "")) == 13


def test_a_receipt_has_one_hash_however_it_is_typed():
    receipt = tokens.new_receipt()
    assert len(receipt) == len("XXXX-XXXX-XXXX-XXXX")
    assert tokens.receipt_hash(receipt) == hashlib.sha256(receipt.encode()).hexdigest()
    assert tokens.receipt_hash(receipt.lower().replace("-", " ")) == tokens.receipt_hash(receipt)
