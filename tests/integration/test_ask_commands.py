"""`batchline ask`, `dead show --ask` and `preview --ask`, as users type them."""

from __future__ import annotations

import json

import pytest

from tests.builders import ANN, contact
from tests.vendor_calls import NOW, at_esputnik, at_salesmanago, create

NOBODY = "nobody@shop.example"
HAS = ("ask", "salesmanago", "has-contact")
LIST = {"path": "/api/contact/list"}


@pytest.fixture
def shop(stack):
    """Accounts of three systems, and Ann at SALESmanago and at eSputnik."""
    stack.add_account("es", "esputnik")
    stack.add_account("sender", "smartsender")
    create(stack.sandbox, ANN)
    at_esputnik(stack.sandbox, "v1/contact", {"channels": [{"type": "email", "value": ANN}]})
    return stack


@pytest.mark.parametrize(
    ("email", "status", "word"), [(ANN, 0, "answer: yes"), (NOBODY, 1, "answer: no")]
)
def test_the_exit_status_is_the_answer(shop, email, status, word):
    done = shop.run(*HAS, email)
    assert (done.returncode, done.stderr) == (status, b"")
    assert done.stdout.decode().startswith(word)


def test_an_answer_that_does_not_say_has_a_status_of_its_own(shop):
    done = shop.run("ask", "salesmanago", "contact", NOBODY)
    assert done.returncode == 3
    assert done.stdout.decode().splitlines()[0] == "answer: unknown"
    assert f"not shown to the owner: {NOBODY}" in done.stdout.decode()


def test_json_has_the_typed_answer_and_the_apis_own(shop):
    told = json.loads(shop.run(*HAS, NOBODY, "--json").stdout)
    assert (told["account"], told["says"], told["exists"]) == ("default", False, False)
    assert told["raw"] == {"success": True, "message": [], "result": False, "contactId": None}


@pytest.mark.parametrize(
    ("arguments", "status", "shown"),
    [
        (["salesmanago", "contact", ANN], 0, "main_owner"),
        (["salesmanago", "coupon", "any", "SB-1"], 0, "valid"),
        (["salesmanago", "coupon", "any", "OTHER"], 1, "reason"),
        (["salesmanago", "pushes", "my_app"], 0, "Example push"),
        (["salesmanago", "users"], 0, "admin@vendor.pl"),
        (["salesmanago", "users", "--has", NOBODY], 1, "answer: no"),
        (["esputnik", "account-info"], 0, "organisation"),
        (["esputnik", "contact", ANN], 0, "emails"),
        (["esputnik", "contact", "--phone", "380501112233"], 1, "The API shows nothing."),
        (["esputnik", "message-status", "a", "b"], 0, "The API shows nothing."),
        (["smartsender", "contact", "404"], 1, "answer: no"),
        (["smartsender", "tags", "7", "--has", "12"], 1, "answer: no"),
    ],
)
def test_every_question_can_be_typed_and_the_systems_only_account_is_found(
    shop, arguments, status, shown
):
    done = shop.run("ask", *arguments)
    assert (done.returncode, done.stderr) == (status, b"")
    assert shown in done.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["has-contact", "ann"], "email: must be an e-mail address"),
        (["has-contact", ANN, "--account", "nope"], "account 'nope' is not in the settings"),
        (["has-contact", ANN, "--account", "es"], "account 'es' is of esputnik"),
        (["job", "999"], "account 'default', job/status: the API refused the question"),
    ],
)
def test_a_failure_is_one_line_and_status_2(shop, arguments, told):
    done = shop.run("ask", "salesmanago", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = done.stderr.decode().splitlines()
    assert told in line


def test_no_secret_is_shown_not_even_where_the_api_repeats_it(stack):
    secret = stack.sandbox.client.api_secret
    fault = {"status": 200, "body": json.dumps({"success": True, "users": [secret]})}
    stack.sandbox.control.fault("status", {"path": "/api/user/*"}, **fault)
    for more in ([], ["--json"]):
        done = stack.run("ask", "salesmanago", "users", *more)
        assert done.returncode == 0
        assert b"***" in done.stdout
        assert secret.encode() not in done.stdout + done.stderr


def test_the_signature_of_a_jobs_file_is_not_shown(shop):
    url = "https://storage.googleapis.com/f.json?GoogleAccessId=SIGNED"
    body = json.dumps({"success": True, "message": [], "fileUrl": url})
    shop.sandbox.control.fault("status", {"path": "/api/job/status"}, status=200, body=body)
    for more in ([], ["--json"]):
        done = shop.run("ask", "salesmanago", "job", "1", *more)
        assert done.returncode == 0
        assert b"storage.googleapis.com/f.json" in done.stdout
        assert b"SIGNED" not in done.stdout


def dead_letter(stack, operation, reason, data):
    """The id of a dead letter that is brought in."""
    letter = {"id": f"default:{operation}:0@{NOW}-0", "account": "default", "op": operation}
    letter |= {"reason": reason, "died_at": NOW, "data": data}
    (stack.folder / "letters.jsonl").write_text(json.dumps(letter))
    assert stack.run("dead", "import", "letters.jsonl").returncode == 0
    return letter["id"]


EVENT = {"date": 1_795_248_000_000, "contactExtEventType": "CART", "externalId": "cart-5"}


def test_a_letter_whose_contact_was_missing_says_that_it_is_there_by_now(stack):
    data = {"email": NOBODY, "contactEvent": EVENT}
    letter = dead_letter(stack, "event.add", "contact_missing", data)
    before = stack.run("dead", "show", letter, "--ask").stderr.decode()
    assert "is the contact there? no (contact/hasContact)" in before
    assert "Its contact is still not there: upsert it first." in before
    create(stack.sandbox, NOBODY)
    done = stack.run("dead", "show", letter, "--ask")
    assert "Its contact is there by now: replay it." in done.stderr.decode()
    asked = {one["asks"]: one for one in json.loads(done.stdout)["asked"]}
    assert asked["has the API taken the message?"] == {
        "asks": "has the API taken the message?",
        "about": f"{NOBODY}, cart-5",
        "method": "contact/list",
        "says": "no",
    }
    assert asked["is the contact there?"]["says"] == "yes"


@pytest.mark.parametrize(
    ("is_used", "advice"),
    [(True, "The API has it: purge it."), (False, "The API does not have it: replay it.")],
)
def test_an_ambiguous_letter_says_whether_the_api_has_it(stack, is_used, advice):
    create(stack.sandbox, ANN)
    stack.sandbox.control.assign_coupons(ANN, codes=["CODE-7"])
    data = {"email": ANN, "coupon": "CODE-7"}
    if is_used:
        at_salesmanago(stack.sandbox, "contact/useContactCoupon", owner=None, **data)
    letter = dead_letter(stack, "coupon.redeem", "ambiguous", data)
    assert advice in stack.run("dead", "show", letter, "--ask").stderr.decode()


PUSH = "7b0c4a0e-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("operation", "data"),
    [
        ("push.send", {"pushId": PUSH, "applicationId": "my_app", "email": ANN}),
        ("note.add", {"email": ANN, "note": "n"}),
    ],
)
def test_of_a_held_message_that_nobody_can_be_asked_about_no_answer_says_that_it_is_missing(
    stack, operation, data
):
    create(stack.sandbox, ANN)
    letter = dead_letter(stack, operation, "ambiguous", data)
    told = stack.run("dead", "show", letter, "--ask").stderr.decode()
    assert "is the contact there? yes" in told
    assert "Nobody can be asked whether this one was sent" in told
    assert "is the push there?" not in told
    assert ("is the push set up in the application?" in told) == (operation == "push.send")
    assert "replay it." not in told


def test_a_letter_is_shown_also_when_the_api_does_not_answer(stack):
    letter = dead_letter(stack, "note.add", "rejected", {"email": NOBODY, "note": "n"})
    stack.sandbox.control.fault("status", {"path": "/api/contact/hasContact"}, status=503)
    done = stack.run("dead", "show", letter, "--ask")
    assert done.returncode == 0
    (asked,) = json.loads(done.stdout)["asked"]
    assert asked["says"] == "unknown"
    assert "contact/hasContact: HTTP 503" in asked["why"]


def test_a_letter_is_shown_also_when_its_account_is_of_another_system_by_now(stack):
    letter = dead_letter(stack, "note.add", "rejected", {"email": NOBODY, "note": "n"})
    stack.account("smartsender", "")
    done = stack.run("dead", "show", letter, "--ask")
    assert (done.returncode, json.loads(done.stdout)["id"]) == (0, letter)
    assert "not asked: note.add is an operation of salesmanago" in done.stderr.decode()


def test_preview_asks_about_each_contact_once_and_about_events_with_an_id(shop):
    lines = [
        {"op": "event.add", "data": {"email": email, "contactEvent": {**EVENT, **more}}}
        for email, more in ((ANN, {}), (ANN, {"externalId": None}), (NOBODY, {}))
    ]
    done = preview(shop, lines)
    assert done.returncode == 0
    told = done.stdout.decode().splitlines()
    assert f"{ANN}, cart-5: has the API taken the message? no (contact/list)" in told
    assert f"{ANN}: is the contact there? yes (contact/hasContact)" in told
    assert f"{NOBODY}: is the contact there? no (contact/hasContact)" in told
    assert told[-1] == "4 questions asked: 1 yes, 2 no, 1 unknown"


def notes(names):
    return [
        {"op": "note.add", "data": {"email": f"{name}@shop.example", "note": "n"}} for name in names
    ]


def preview(stack, lines, *more):
    text = "\n".join(map(json.dumps, lines))
    return stack.run("preview", "-", "--ask", *more, stdin=text.encode())


def test_preview_asks_as_many_questions_as_it_shows_requests(shop):
    lines = [
        {"op": "note.add", "data": {"email": f"c{n}@shop.example", "note": "n"}} for n in "abc"
    ]
    done = preview(shop, lines, "--limit", "2")
    assert done.stdout.decode().splitlines()[-1] == (
        "2 questions asked: 2 no; 1 not asked (--limit)"
    )


def test_preview_says_when_the_api_does_not_answer(shop):
    shop.sandbox.control.fault("status", {"path": "/api/contact/hasContact"}, status=503)
    done = preview(shop, notes("ab"))
    assert done.returncode == 2
    assert "asked no further: account 'default', contact/hasContact" in done.stderr.decode()
    asked = [one["path"] for one in shop.sandbox.control.requests() if "has" in one["path"]]
    assert asked == ["/api/contact/hasContact"]


def test_an_account_whose_url_leads_nowhere_is_told_to_check_it(stack):
    stack.configure((stack.sandbox.url, f"{stack.sandbox.url}/wrong"))
    done = stack.run(*HAS, ANN)
    assert done.returncode == 2
    assert "`url` of the account is wrong: check it" in done.stderr.decode()


def test_a_worker_whose_url_leads_nowhere_tells_to_check_it(stack):
    stack.configure((stack.sandbox.url, f"{stack.sandbox.url}/wrong"))
    with stack.producer() as producer:
        producer.send(contact(ANN))
    stack.worker()
    hint = "`url` of the account is wrong: check it"
    found = stack.until(lambda now: any(lane.last_error for lane in now.lanes))
    assert hint in next(lane.last_error for lane in found.lanes if lane.last_error)
