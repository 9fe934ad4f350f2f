"""Every message says to type checkers what it takes, as `make dicts` writes it."""

from __future__ import annotations

import pytest

from batchline.systems.message import ApiModel
from tests.dicts import PLACES, constructor, source, taken, takes_more, without_constructor


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.dicts)
def test_the_types_of_arguments_are_those_of_the_models(place):
    assert place.path.read_text() == source(place), "run `make dicts`"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.dicts)
def test_a_model_that_takes_more_than_it_holds_says_so(place):
    assert not [constructor(model) for model in without_constructor(place)]


def test_a_model_that_takes_what_it_holds_needs_no_types_of_its_own():
    class Plain(ApiModel):
        name: str | None = None
        size: int

    class Wide(ApiModel):
        names: list[str]

    assert not takes_more(Plain)
    assert takes_more(Wide)


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (list[str] | None, "list[str] | tuple[str, ...] | None"),
        (list[int], "Sequence[int]"),
        (dict[str, list[int]], "Mapping[str, Sequence[int]]"),
        (dict[str, float | int | None], "Mapping[str, float | int | None]"),
    ],
)
def test_a_text_is_no_list_of_texts_and_other_collections_may_be_of_any_kind(annotation, text):
    assert taken(annotation) == text
