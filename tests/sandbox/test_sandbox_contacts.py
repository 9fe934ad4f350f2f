"""Upserts, alone and in batches: what they leave behind, and when."""

import re
import time

import pytest
import requests

from batchline.sandbox.runner import Sandbox
from batchline.sandbox.salesmanago.auth import Client

ANN = "ann@shop.example"


def state(api, email=ANN):
    found = api.control.contact(email)
    found.pop("history")
    return found


def test_a_synchronous_upsert_is_there_at_once_and_returns_contact_id_and_external_id(api):
    answer = api.upsert(contact={"email": ANN, "externalId": "U1"})
    assert answer["success"] is True
    assert answer["externalId"] == "U1"
    has = api.post("contact/hasContact", email=ANN)
    assert has == {
        "success": True,
        "message": [],
        "result": True,
        "contactId": answer["contactId"],
    }


def test_an_asynchronous_upsert_returns_its_id_at_once_and_the_contact_later(api):
    api.control.settings(create_delay=600)
    answer = api.post("contact/upsert", contact={"email": ANN})
    assert api.post("contact/hasContact", email=ANN)["result"] is False
    api.control.settings(create_delay=0)
    assert api.post("contact/hasContact", email=ANN)["contactId"] == answer["contactId"]


def test_has_contact_of_nobody_is_a_success_with_result_false(api):
    answer = api.post("contact/hasContact", email=ANN)
    assert answer == {"success": True, "message": [], "result": False, "contactId": None}


def test_contacts_of_a_batch_come_into_being_after_the_create_delay(api):
    api.control.settings(create_delay=0.5)
    answer = api.batch({"contact": {"email": ANN}})
    assert answer["message"] == ["Batch upsert added to execute."]
    assert api.control.contact(ANN) is None
    time.sleep(0.55)
    assert api.control.contact(ANN) is not None


def test_upserts_of_several_batches_take_effect_in_the_order_received(api):
    api.control.settings(create_delay=600)
    for name in ("first", "second"):
        api.batch(*({"contact": {"email": ANN, "name": f"{name} {n}"}} for n in range(3)))
    api.control.settings(create_delay=0)
    assert state(api)["name"] == "second 2"
    assert api.control.contact(ANN)["history"]["upserts"] == 6


def test_job_status_says_not_started_until_the_job_ran_and_then_gives_the_file(api):
    api.control.settings(create_delay=600)
    request_id = api.batch(
        {"contact": {"email": ANN}}, {"contact": {"email": "bob@invalid.example"}}
    )["requestId"]
    waiting = api.post("job/status", requestId=request_id)
    assert waiting == {"success": True, "message": ["Job not start yet"]}
    api.control.settings(create_delay=0)
    done = api.post("job/status", requestId=request_id)
    assert (done["success"], done["message"]) == (True, [])
    assert re.fullmatch(rf"{api.url}/files/[\w-]{{40,}}\.json\?Expires=\d+", done["fileUrl"])
    file = requests.get(done["fileUrl"]).json()
    assert file == {
        "success": True,
        "message": [],
        "contactIds": {ANN: state(api)["id"]},
        "invalidContacts": [
            {"email": "bob@invalid.example", "message": "[sandbox] the address is invalid"}
        ],
    }
    assert api.control.contact("bob@invalid.example") is None


def test_invalid_contacts_can_be_bare_addresses_for_the_documents_do_not_say(api):
    api.control.settings(invalid_contacts="emails")
    request_id = api.batch({"contact": {"email": "bob@invalid.example"}})["requestId"]
    assert api.result_file(request_id)["invalidContacts"] == ["bob@invalid.example"]


@pytest.mark.parametrize(
    ("form", "element"),
    [
        ("nested", {"contact": {"email": "bob@invalid.example"}}),
        ("nameless", {}),
    ],
)
def test_invalid_contacts_can_hold_the_contact_as_it_was_sent_or_no_name(api, form, element):
    api.control.settings(invalid_contacts=form)
    request_id = api.batch({"contact": {"email": "bob@invalid.example"}})["requestId"]
    reason = "[sandbox] the address is invalid"
    assert api.result_file(request_id)["invalidContacts"] == [{**element, "message": reason}]


def test_a_result_file_can_say_that_the_job_was_not_successful(api):
    api.control.settings(job_result="failure")
    request_id = api.batch({"contact": {"email": ANN}})["requestId"]
    file = api.result_file(request_id)
    assert (file["success"], file["message"]) == (False, ["[sandbox] the job has failed"])


def test_a_job_is_told_to_the_owner_for_whom_it_was_made(api):
    two = Client(owners=frozenset({"admin@vendor.pl", "shop@vendor.pl"}))
    with Sandbox(two) as box:
        api = type(api)(box.url, box.control, two)
        request_id = api.batch({"contact": {"email": ANN}}, owner="shop@vendor.pl")["requestId"]
        assert api.post("job/status", owner="shop@vendor.pl", requestId=request_id)["success"]
        assert api.post("job/status", owner=..., requestId=request_id)["success"]
        refused = api.post("job/status", owner="admin@vendor.pl", requestId=request_id)
    assert refused == {"success": False, "message": ["[sandbox] owner: not the job's"]}


def test_the_result_file_is_gone_after_its_lifetime_but_its_address_stays(api):
    request_id = api.batch({"contact": {"email": ANN}})["requestId"]
    url = api.post("job/status", requestId=request_id)["fileUrl"]
    assert requests.get(url).status_code == 200
    api.control.settings(file_lifetime=0)
    assert requests.get(url).status_code == 400
    assert api.post("job/status", requestId=request_id)["fileUrl"].startswith(url.split("?")[0])
    assert requests.get(f"{api.url}/files/guessed.json").status_code == 404


def test_an_unknown_request_id_is_refused(api):
    answer = api.post("job/status", requestId=12)
    assert answer == {"success": False, "message": ["[sandbox] requestId: unknown"]}


def test_every_field_of_an_upsert_is_kept(api):
    address = {"streetAddress": "Main 21", "zipCode": "90210", "city": "San José", "country": "US"}
    fields = {"name": "Ann", "phone": "+1", "fax": "+2", "company": "C", "externalId": "U"}
    api.upsert(
        contact={"email": ANN, **fields, "state": "CUSTOMER", "address": address},
        birthday="19870605",
        province="California",
        tags=["SHIRTS"],
        properties={"size": "XL"},
        dictionaryProperties=[{"name": "visits", "type": "NUMBER", "value": 42}],
        consentDetails=[{"consentName": "TERMS", "consentAccept": True, "agreementDate": 5}],
    )
    found = state(api)
    assert found.pop("id")
    consent = {"status": "confirmed", "agreementDate": 5, "ip": None, "consentDescriptionId": None}
    assert found == {
        "email": ANN,
        **fields,
        "state": "CUSTOMER",
        "address": address,
        "birthday": "19870605",
        "province": "California",
        "tags": ["SHIRTS"],
        "properties": {"size": "XL"},
        "dictionaryProperties": {"visits": {"type": "NUMBER", "value": 42}},
        "consents": {"TERMS": consent},
        "relations": [],
        "optedOut": False,
        "optedOutPhone": True,
        "owner": None,
        "monitored": True,
        "events": [],
        "coupons": [],
    }


def test_a_later_upsert_changes_what_it_gives_clears_with_empty_text_and_ignores_null(api):
    api.upsert(
        contact={
            "email": ANN,
            "name": "Ann",
            "phone": "+1",
            "address": {"city": "A", "zipCode": "1"},
        },
        properties={"a": "1", "b": "2", "c": "3"},
    )
    api.upsert(
        contact={"email": ANN.upper(), "name": "", "phone": None, "address": {"city": "B"}},
        properties={"a": "", "b": None, "d": "4"},
    )
    found = state(api)
    assert (found["email"], found["name"], found["phone"]) == (ANN, "", "+1")
    assert found["address"] == {"city": "B", "zipCode": "1"}
    assert found["properties"] == {"b": "2", "c": "3", "d": "4"}


def test_tags_are_adjusted_to_latin_letters_and_underscores_and_removal_wins(api):
    api.upsert(tags=["Zażółć-gęślą", "KEEP", "BOTH"], removeTags=["BOTH"])
    assert state(api)["tags"] == ["KEEP", "Zazolc_gesla"]
    api.upsert(removeTags=["zazolc_gesla", "Zażółć gęślą"])
    assert state(api)["tags"] == ["KEEP"]


@pytest.mark.parametrize(
    ("given", "opted_out"),
    [
        ({}, True),
        ({"forceOptIn": True}, False),
        ({"forceOptIn": True, "forceOptOut": True}, True),
        ({"forceOptIn": True, "useApiDoubleOptIn": True}, True),
        ({"forceOptIn": False, "forceOptOut": False}, True),
    ],
    ids=str,
)
def test_opt_in_of_an_opted_out_contact_needs_force_opt_in_without_double_opt_in(
    api, given, opted_out
):
    api.upsert(forceOptOut=True, forcePhoneOptIn=True)
    api.upsert(**given)
    assert (state(api)["optedOut"], state(api)["optedOutPhone"]) == (opted_out, False)
    mails = api.control.contact(ANN)["history"]["doubleOptIns"]
    assert mails == (1 if given.get("useApiDoubleOptIn") else 0)


@pytest.mark.parametrize(
    ("options", "opted_out"),
    [({}, True), ({"useApiDoubleOptIn": True}, True), ({"useApiDoubleOptIn": False}, False)],
    ids=str,
)
def test_a_batch_uses_double_opt_in_unless_told_not_to(api, options, opted_out):
    api.upsert(forceOptOut=True)
    api.batch({"contact": {"email": ANN}, "forceOptIn": True}, **options)
    assert state(api)["optedOut"] is opted_out


def test_consents_are_confirmed_or_withdrawn_but_never_go_back_to_not_confirmed(api):
    def give(accept, opt_out):
        consent = {"consentName": "TERMS", "consentAccept": accept, "optOut": opt_out}
        api.upsert(consentDetails=[consent])
        return state(api)["consents"]["TERMS"]["status"]

    assert give(False, False) == "not confirmed"
    assert give(True, False) == "confirmed"
    assert give(False, False) == "confirmed"
    assert give(False, True) == "withdrawn"


def test_new_email_renames_a_contact_known_by_its_address_and_is_ignored_for_a_new_one(api):
    api.upsert(newEmail="ignored@shop.example")
    before = state(api)["id"]
    api.batch({"contact": {"email": ANN}, "newEmail": "anna@shop.example"})
    assert api.control.contact(ANN) is None
    assert state(api, "anna@shop.example")["id"] == before
    api.upsert(contact={"contactId": before}, newEmail="by-id@shop.example")
    assert state(api, "anna@shop.example")["id"] == before


def test_a_relation_needs_its_contact(api):
    child = {"type": "PARENT", "email": "child@shop.example"}
    request_id = api.batch(
        {"contact": {"email": ANN}, "relation": child},
        {"contact": {"email": "child@shop.example"}},
        {"contact": {"email": "late@shop.example"}, "relation": child},
    )["requestId"]
    (invalid,) = api.result_file(request_id)["invalidContacts"]
    assert (invalid["email"], "relation" in invalid["message"]) == (ANN, True)
    assert state(api, "late@shop.example")["relations"] == [child]


def test_a_contact_id_alone_finds_a_contact_and_creates_none(api):
    contact_id = api.upsert()["contactId"]
    api.upsert(contact={"contactId": contact_id, "name": "by id"})
    assert state(api)["name"] == "by id"
    unknown = "00000000-0000-0000-0000-000000000000"
    answer = api.upsert(contact={"contactId": unknown})
    assert answer["success"] is False
    assert "contactId is unknown" in answer["message"][0]


def test_contact_list_exports_contacts_as_documented_and_leaves_out_unknown_ones(api, event):
    api.upsert(contact={"email": ANN, "name": "Ann"}, birthday="19870605", tags=["A"])
    api.events(event(products="p1", value=5.5))
    api.post("contact/useContactCoupon", owner=..., email=ANN, coupon="SB-1")
    answer = api.post("contact/list", email=[ANN, "nobody@shop.example"])
    (contact,) = answer["contacts"]
    assert (contact["email"], contact["name"], contact["state"]) == (ANN, "Ann", "UNKNOWN")
    born = [contact[f"birthday{part}"] for part in ("Year", "Month", "Day")]
    assert born == [1987, 6, 5]
    assert [tag["tag"] for tag in contact["contactTags"]] == ["A"]
    (exported,) = contact["contactExtEvents"]
    assert (exported["externalId"], exported["value"], exported["detail20"]) == (
        "order-1",
        5.5,
        None,
    )
    coupon = {"name": None, "coupon": "SB-1", "validTo": None, "used": True}
    assert contact["coupons"] == [coupon]


def test_accounts_have_contacts_of_their_own(api, control):
    api.create(ANN)
    control.add_client("other", "other-secret", ["boss@other.example"])
    assert control.contact(ANN) is not None
    assert control.contact(ANN, client_id="other") is None
