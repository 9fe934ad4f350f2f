"""An API that repeats the account's secrets gets none of them shown."""

from __future__ import annotations

import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from batchline.systems.api_text import cleaned, cleaned_text
from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import Dead, Judged, Verified
from batchline.testing.conformance.bench import NOW
from tests.conformance.systems import BENCHES
from tests.properties import examples

SECRETS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="*"),
    min_size=8,
    max_size=40,
)


def changed(text, change):
    """The text in another case, but for characters whose other case is another's."""
    pairs = ((one, change(one)) for one in text)
    return "".join(new if new.casefold() == one.casefold() else one for one, new in pairs)


#: How an API may write a text.
SPELLINGS = {
    "as it is": str,
    "upper case": lambda text: changed(text, str.upper),
    "other case": lambda text: changed(text, str.swapcase),
    "json": lambda text: json.dumps(text)[1:-1],
    "json with slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "python": lambda text: repr(text)[1:-1],
    "address": quote,
    "form": quote_plus,
    "percents": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "page": html.escape,
    "numbers of a page": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "codes": lambda text: "".join(
        f"\\u{int.from_bytes(text.encode('utf-16-be')[at : at + 2], 'big'):04x}"
        for at in range(0, len(text.encode("utf-16-be")), 2)
    ),
}
#: Answers that hold a text, as any of the systems may give them.
PLACES = [
    lambda text: {"success": False, "message": [text]},
    lambda text: {"success": False, "message": "no", "values": {text: text}},
    lambda text: {"success": True, "message": [text], "failedContacts": [text], "failedAmount": 1},
    lambda text: {"success": True, "message": [], "data": {"userId": text}},
    lambda text: {
        "success": True,
        "message": [],
        **dict.fromkeys(("eventId", "requestId", "contactId", "result", "coupon"), text),
    },
    lambda text: {"errorMessage": f"no such key: {text}"},
    lambda text: {"asyncSessionId": text, "failedContacts": {text: text}, "failedOrders": [text]},
    lambda text: {"results": {"id": text, "locator": text, "status": "ERROR", "message": text}},
    lambda text: {"id": text, "content": {}, "channel": {}, "status": "401", "message": text},
    lambda text: {"error": {"code": 400, "message": f"{text}.", "description": [text]}},
    lambda text: {"error": {"code": 401, "message": f"Unauthenticated: token {text} is unknown"}},
    lambda text: f"<html>{text}</html>".encode(errors="replace"),
    lambda text: f"Unknown key {text}".encode(errors="replace"),
]


def texts_of(outcome):
    """Every text of an API in an outcome."""
    match outcome:
        case Judged(exceptions, job, ids):
            yield from ids.values()
            yield job or ""
            yield outcome.miscount
            verdicts = exceptions.values()
        case Verified(verdicts, unknown, unshown):
            yield from [*unknown.values(), *unshown.values()]
            verdicts = verdicts.values()
        case _:
            yield outcome.detail
            return
    for verdict in verdicts:
        yield from (verdict.detail, getattr(verdict, "reason", ""))


def with_secrets(bench, secret):
    """The bench's account with secrets that hold this text."""
    names = [name for name, value in bench.account if isinstance(value, SecretStr)]
    changed = {name: SecretStr(f"{n}{secret}") for n, name in enumerate(names)}
    if "client_id" in type(bench.account).model_fields:
        changed["client_id"] = f"c{secret}"
    return bench.account.model_copy(update=changed)


def sent_in(call):
    """The texts by which a call says who it is."""
    yield from call.headers.get("Authorization", "").split()[1:]
    if call.body.startswith(b"{"):
        body = json.loads(call.body)
        yield from (body[name] for name in ("clientId", "apiKey", "sha") if name in body)


@pytest.mark.parametrize("bench", BENCHES.values(), ids=BENCHES)
@settings(max_examples=examples(60), deadline=None)
@given(data=st.data(), secret=SECRETS)
def test_what_is_secret_is_shown_from_no_place_of_an_answer_in_no_spelling(bench, data, secret):
    account = with_secrets(bench, secret)
    request = bench.one(data.draw(st.sampled_from(bench.cases.cases)))
    secrets = {*account.secret_texts(), *sent_in(bench.system.call(request, account, NOW))}
    name = data.draw(st.sampled_from(sorted(SPELLINGS)))
    spelled = [SPELLINGS[name](one) for one in sorted(secrets)]
    said = " ".join(spelled)
    for place in PLACES:
        body = place(said)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        for status in (200, 202, 400, 404, 500, 503):
            judged = bench.system.judge(request, HttpAnswer(status, {}, raw), account, NOW)
            shown = " ".join(texts_of(cleaned(judged, request.items, account.secret_texts())))
            found = [one for one in (*secrets, *spelled) if one.casefold() in shown.casefold()]
            assert not found


@pytest.mark.parametrize("bench", BENCHES.values(), ids=BENCHES)
def test_a_single_secret_given_as_an_id_is_no_id(bench):
    account = with_secrets(bench, "ABCDEFGHabcdefgh")
    for secret in account.secret_texts():
        judged = Judged(ids={0: secret, 1: f"id-{secret.upper()}-7", 2: "17"}, job=secret)
        shown = cleaned(judged, (), account.secret_texts())
        assert (shown.ids, shown.job) == ({2: "17"}, None)


TOKEN = "sstok-ABCDEFGHabcdefgh-zz"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"token {TOKEN} is unknown", "token *** is unknown"),
        (f"token {TOKEN[:12]}… is unknown", "token ***… is unknown"),
        (f"token {TOKEN[:6]}… (the account's owner setting)", "token ***… (the account's owner"),
        (f"{'x' * 60} {TOKEN[:5]}", f"{'x' * 60} ***"),
        ("a word that begins as it: sstok", "a word that begins as it: sstok"),
        (f"{TOKEN}{TOKEN}", "***"),
    ],
)
def test_a_secret_that_was_cut_is_masked_as_far_as_it_goes(text, shown):
    assert cleaned_text(text, secrets=[TOKEN]).startswith(shown)


def test_a_secret_that_is_part_of_ordinary_words_hides_none():
    text = "the key is not known"
    assert cleaned_text(text, secrets=["k", "is", "key"]) == text


def test_a_plug_ins_reason_and_what_is_unknown_hold_no_secret():
    shown = cleaned(Judged({0: Dead(f"no {TOKEN}", "")}), ITEMS, [TOKEN])
    assert shown.exceptions == {0: Dead("no ***", "")}
    shown = cleaned(Verified(unknown={0: f"not {TOKEN}"}), ITEMS, [TOKEN])
    assert shown.unknown == {0: "not ***"}


#: The items of one request.
ITEMS = next(
    bench.one(bench.cases.cases[0]).items for bench in BENCHES.values() if bench.cases.cases
)
