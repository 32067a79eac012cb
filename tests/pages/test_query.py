"""The filter's language: every text has a meaning, nothing typed is lost, `!` is the opposite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import query
from dashboard.query import Subject, Wrong, parse, passing, split

CART = Subject(
    where="shop/cart",
    namespace="shop",
    name="cart",
    phase="waitingpromotion",
    strategy="blue/green",
    image="registry/shop/cart:2.13.4\nregistry/shop/cart:2.14.0",
    labels={"team": "payments", "example.com/tier": "gold plated"},
    flags=frozenset({"waiting", "frozen"}),
)
# What people type, and what a cat on the keyboard does.
TYPED = st.text(st.sampled_from('ab!":= /\t') | st.characters(codec="utf-8"), max_size=60)
WORDS = st.text(st.sampled_from('shopcart!":=ns'), min_size=1, max_size=12)


def finds(text: str) -> bool:
    return passing(parse(text))(CART)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cart",
        "CART",
        "shop/c",
        "shop cart",
        "ns:shop",
        "namespace:SHOP",
        "name:ar",
        "image:2.14",
        "image:2.13",
        "phase:waitingpromotion",
        "phase:failed phase:WaitingPromotion",
        'phase:"waiting promotion"',
        'phase:" Waiting  Promotion"',
        "ns:shop ns:other",
        "strategy:blue",
        "strategy:bluegreen",
        "strategy:blue/green",
        "is:waiting",
        "is:frozen is:waiting",
        "team:payments",
        "label:team=payments",
        "label:team",
        'tier:"gold plated"',
        'example.com/tier:"Gold plated"',
        'label:"tier=gold plated"',
        "!other",
        "!ns:other",
        "!is:suspended",
        "!team:core",
        "!phase:failed",
        '"shop/cart"',
        "team:payments !image:3.0 ns:shop",
    ],
)
def test_it_is_found(text: str) -> None:
    assert finds(text)
    assert parse(text).problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "core",
        "ns:sho",
        "name:shop",
        "image:3.0",
        "phase:waiting",
        "strategy:canary",
        "is:suspended",
        "team:pay",
        "label:team=core",
        "label:tier=gold",
        "colour:red",
        "!cart",
        "!ns:shop",
        "!is:waiting",
        "!team:payments",
        "!label:team",
        "cart !phase:waitingpromotion",
        '"shop cart"',
        '"ns:shop"',
        "phase:failed phase:waiting",
    ],
)
def test_it_is_not_found(text: str) -> None:
    assert not finds(text)
    assert parse(text).problems == ()


@pytest.mark.parametrize(
    ("text", "wrong", "term"),
    [
        ("ns:", Wrong.EMPTY, "ns:"),
        ("cart !", Wrong.EMPTY, "!"),
        ('!""', Wrong.EMPTY, '!""'),
        ("label:=x", Wrong.EMPTY, "label:=x"),
        ("is:late", Wrong.FLAG, "is:late"),
        ("!is:", Wrong.EMPTY, "!is:"),
        ("strategy:rolling", Wrong.STRATEGY, "strategy:rolling"),
        ("a " * 31, Wrong.MANY, "a"),
        ("a" * 501, Wrong.LONG, ""),
        ('"cart', Wrong.QUOTE, '"cart'),
    ],
)
def test_what_means_nothing_is_named(text: str, wrong: Wrong, term: str) -> None:
    assert [(each.wrong, each.term) for each in parse(text).problems] == [(wrong, term)]


def test_what_means_nothing_hides_nothing() -> None:
    assert finds("cart is:late ns: strategy:rolling")
    assert finds('"shop/ca')


def test_the_term_to_blame_is_the_one_that_nobody_passes() -> None:
    parsed = parse("cart team:core !ns:nowhere colour:red")
    assert [term.source for term in query.fruitless(parsed, [CART])] == ["team:core", "colour:red"]


@given(TYPED)
def test_every_text_has_a_meaning(text: str) -> None:
    parsed = parse(text)
    assert finds(text) in {True, False}
    said = {each.term for each in parsed.problems} | {term.source for term in parsed.terms}
    assert set(split(text)[: query.MOST_TERMS]) <= said


@given(TYPED)
def test_its_pieces_mean_what_the_text_means(text: str) -> None:
    again = query.joined(split(text))
    assert split(again) == split(text)
    assert parse(again) == parse(text)


@given(WORDS)
def test_not_is_the_opposite(word: str) -> None:
    if not parse(word).problems and not parse(f"!{word}").problems and not word.startswith("!"):
        assert finds(word) != finds(f"!{word}")


@given(st.lists(WORDS, max_size=6), WORDS)
def test_another_word_never_finds_more(words: list[str], more: str) -> None:
    text = " ".join(words)
    single = any(term.field in query.SINGLE for term in parse(more).terms)
    if not single and text.count('"') % 2 == 0 and finds(f"{text} {more}"):
        assert finds(text)
