"""A line that cannot be enqueued is one bad line: it never stops the messages of the others."""

from __future__ import annotations

import json

import pytest

from batchline.producers.enqueue import Targets, calls
from batchline.producers.settings import Settings
from batchline.worker.intake.lines import BadLine, fields_of, parse

ACCOUNTS = {
    "default": {
        "system": "salesmanago",
        "url": "https://app2.salesmanago.com",
        "client_id": "id",
        "api_key": "key",
        "api_secret": "secret",
        "owner": "admin@vendor.pl",
    },
    "es": {"system": "esputnik", "api_key": "x", "mapping": {"contact": {"shoe": "field:7"}}},
    "ss": {"system": "smartsender", "token": "x", "mapping": {"event": {"chat": "contact_id"}}},
}
ES_EVENT = {"eventTypeKey": "x", "keyValue": "a@shop.example"}
#: Lines with one text, `%`, in a place that takes any text.
LINES = {
    "a value": {"op": "tag.add", "account": "ss", "data": {"contactId": "1", "tagId": "%"}},
    "a name": {
        "op": "contact.update",
        "account": "ss",
        "data": {"contactId": "1", "values": {"%": 1}},
    },
    "deep": {
        "op": "event.add_v2",
        "account": "es",
        "data": {"eventTypeKey": "x", "params": [{"name": "Email", "value": [{"%": ["a"]}]}]},
    },
    "an option": {
        "op": "contact.upsert",
        "data": {"contact": {"email": "a@b.pl"}, "owner": "%"},
    },
    "a neutral field": {
        "op": "contact",
        "account": "es",
        "data": {"email": "a@b.pl", "fields": {"shoe": "%"}},
    },
    "a key": {"op": "contact.upsert", "key": "%", "data": {"contact": {"email": "a@b.pl"}}},
    "an account": {
        "op": "contact.upsert",
        "account": "%",
        "data": {"contact": {"email": "a@b.pl"}},
    },
    "an op": {"op": "%", "data": {}},
    "a field": {"op": "contact.upsert", "%": 1, "data": {}},
}


@pytest.fixture(scope="module")
def settings():
    return Settings(accounts=ACCOUNTS)


@pytest.mark.parametrize("half", ["\udc00", "a\udfffb", "\ude00\ud83d"])
@pytest.mark.parametrize("fields", LINES.values(), ids=LINES)
@pytest.mark.parametrize("spelling", ["escape", "bytes"])
def test_half_a_character_anywhere_in_a_line_is_one_bad_line(settings, fields, half, spelling):
    text = json.dumps(fields).replace("%", json.dumps(half)[1:-1] if spelling == "escape" else half)
    with pytest.raises(BadLine) as refused:
        parse(text.encode(errors="surrogatepass"), None, settings)
    str(refused.value).encode()  # it can be printed


def test_the_bad_line_names_the_field_that_holds_the_half(settings):
    line = b'{"op": "contact.upsert", "data": {"contact": {"email": "a@b.pl", "name": "\\uD83d"}}}'
    with pytest.raises(BadLine, match=r"data\.contact\.name: holds half of a character"):
        parse(line, None, settings)


def test_a_whole_character_is_no_half_however_it_is_spelled(settings):
    for name in (rb"\uD83D\uDE00", "\U0001f600".encode(), rb"\\ud83d"):
        line = b'{"op": "contact.upsert", "data": {"contact": {"email": "a@b.pl", "name": "%s"}}}'
        outgoing = parse(line % name, None, settings)
        assert list(calls(outgoing, Targets(settings)))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e400"])
@pytest.mark.parametrize(
    "line",
    [
        '{"op": "contact.update", "account": "ss",'
        ' "data": {"contactId": "1", "values": {"a": %s}}}',
        '{"op": "event.add", "account": "es", "data": {"eventTypeKey": "x",'
        ' "keyValue": "a@b.pl", "params": [{"name": "a", "value": %s}]}}',
        '{"op": "message.send", "account": "es", "data": {"messageId": 5, "locator": "a@b.pl",'
        ' "email": true, "jsonParam": {"d": [%s]}}}',
    ],
)
def test_a_number_that_json_has_not_is_one_bad_line(settings, line, number):
    with pytest.raises(BadLine, match="not JSON"):
        parse((line % number).encode(), None, settings)


@pytest.mark.parametrize("depth", [50, 300, 900, 100_000])
def test_a_value_of_any_depth_can_be_enqueued_or_is_one_bad_line(settings, depth):
    data = {"messageId": 5, "locator": "a@b.pl", "email": True, "jsonParam": {"d": "%"}}
    line = json.dumps({"op": "message.send", "account": "es", "data": data})
    line = line.replace('"%"', "[" * depth + "1" + "]" * depth)
    try:
        outgoing = parse(line.encode(), None, settings)
    except BadLine:
        assert depth > 50
    else:
        assert list(calls(outgoing, Targets(settings)))


GOOD = b'{"op": "event.add", "data": {"email": "a@b.pl"}}'


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"  \n"])
@pytest.mark.parametrize(
    ("line", "told"),
    [
        (GOOD[:-1], f"not JSON: it ends too early, at column {len(GOOD)}"),
        (b'{"op": ', "not JSON: it ends too early, at column 7"),
        (b'{"op": "event.add', "not JSON: the text that begins at column 8 does not end"),
        (b'{"op": "event.add" "data": {}}', "not JSON at column 20"),
        ('{"op": "ż", oh}'.encode(), "not JSON at column 13"),
    ],
)
def test_a_line_that_is_not_json_is_told_with_the_column_where_it_goes_wrong(line, end, told):
    with pytest.raises(BadLine) as refused:
        fields_of(line + end)
    assert str(refused.value) == told


@pytest.mark.parametrize(
    "line",
    [
        b'{"op": "contact.upsert", "op": "contact.delete", "data": {}}',
        b'{"op": "contact.upsert", "data": {"contact": {"op": "a@b.pl", "x": 1, "op": "c@b.pl"}}}',
        b'{"op": "contact.upsert", "data": {"tags": [{"op": 1, "op": 1}]}}',
    ],
)
def test_a_field_that_is_given_twice_makes_a_bad_line(line):
    with pytest.raises(BadLine, match="op: given twice in one object"):
        fields_of(line)


def test_a_byte_order_mark_at_the_beginning_of_a_line_is_skipped():
    assert fields_of(b'\xef\xbb\xbf{"op": "x"}\r\n') == {"op": "x"}


def test_a_line_that_is_not_utf_8_says_where_and_what_to_do():
    with pytest.raises(BadLine, match="byte 0xB3 at column 18; save the file as UTF-8"):
        fields_of(b'{"op": "x", "k": \xb3}')


def test_a_number_of_many_digits_keeps_its_cents():
    fields = fields_of(b'{"op": "x", "data": {"large": 1234567890123456789.12, "small": 19.99}}')
    assert str(fields["data"]["large"]) == "1234567890123456789.12"
    assert fields["data"]["small"] == 19.99
