"""`batchline dead list` on a narrow terminal: many words of the API are a few lines."""

from __future__ import annotations

import json

from tests.builders import contact
from tests.letters import dead

WORDS = "not one of " + ", ".join(f"'KIND_{n}'" for n in range(40))


def list_with(stack, words):
    (message_id,) = dead(stack, [contact("ann@shop.example")])
    body = json.loads(stack.client.hget(stack.keys.dead_body, message_id))
    stack.client.hset(stack.keys.dead_body, message_id, json.dumps({**body, "detail": words}))
    shown = stack.run("dead", "list").stdout.decode()
    assert message_id in shown
    return shown


def test_long_words_are_cut_to_a_few_lines_and_where_all_of_them_are_is_said(stack):
    shown = list_with(stack, WORDS)
    rows = [line for line in shown.splitlines() if "│" in line]
    assert 1 < len(rows) <= 6, shown
    assert "The API's words are cut: batchline dead show ID has all of them." in shown


def test_short_words_stay_whole(stack):
    shown = list_with(stack, "coupon: unknown")
    assert "coupon:" in shown
    assert "unknown" in shown
    assert "cut" not in shown
