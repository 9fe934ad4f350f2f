"""What a line of the dashboard's log says of a request."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from batchline.worker.dashboard.request_log import kind_of, where


def test_a_page_is_named_by_its_kind():
    assert kind_of("/dead/default:event.add:0@1-0/replay") == "/dead/***/replay"
    assert kind_of("/erase/suppress-no-more") == "/erase/suppress-no-more"
    assert kind_of("/bulk/anna/confirm", {"anna"}) == "/bulk/***/confirm"


@given(st.text(min_size=1))
@example("ann@shop.example")
@example("+380441234567")
@example("Анна")
def test_no_character_that_stands_outside_the_names_of_pages_is_told(text):
    told = kind_of(f"/dead/{text}").replace("***", "")
    assert set(told) <= set("abcdefghijklmnopqrstuvwxyz_-/")


def test_a_fault_is_told_by_its_places_and_kinds_without_its_words():
    try:
        try:
            raise KeyError("ann@shop.example")
        except KeyError as error:
            raise ValueError("about Ann") from error
    except ValueError as error:
        told = where(error, error.__traceback__)
    assert "KeyError\n" in told
    assert "ValueError\n" in told
    lines = [line for line in told.splitlines() if "raise" not in line]
    assert "ann" not in "\n".join(lines).lower().replace("_annotations", "")
