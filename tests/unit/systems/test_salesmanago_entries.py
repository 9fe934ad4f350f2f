"""What funnel/addContact's answer means for messages that went in one call."""

from batchline.systems.verdicts import ContactMissing, Dead, Judged, Refused
from batchline.testing.conformance import Bench
from tests.conformance.salesmanago import CASES

BENCH = Bench(CASES)


def entry(*values, kind="EMAIL"):
    contacts = [{"addresseeType": kind, "value": ", ".join(values)}]
    return {"funnel": "Sales", "stage": "First", "contacts": contacts}


def judged(added, *messages):
    (request,) = BENCH.requests("funnel.add_contact", messages)
    return BENCH.judge(request, {"success": True, "message": [], "addedContacts": added})


def test_contacts_named_by_id_are_told_apart():
    outcome = judged(
        {"id-1": True, "id-2": False},
        *(entry(one, kind="CONTACT_ID") for one in ("id-1", "id-2", "id-3")),
    )
    assert isinstance(outcome, Judged)
    assert isinstance(outcome.exceptions[1], Dead)
    assert "id-2" in outcome.exceptions[1].detail
    assert isinstance(outcome.exceptions[2], ContactMissing)
    assert 0 not in outcome.exceptions


def test_several_addresses_are_delivered_when_all_were_added():
    assert judged({"id-1": True, "id-2": True}, entry("a@b.pl"), entry("c@b.pl")) == Judged()


def test_several_addresses_of_which_not_all_were_added_are_sent_again_in_halves():
    assert isinstance(judged({"id-1": True}, entry("a@b.pl"), entry("c@b.pl")), Refused)
    outcome = judged({"id-1": True, "id-2": False}, entry("a@b.pl"), entry("c@b.pl"))
    assert isinstance(outcome, Refused)


def test_a_message_with_several_addresses_is_not_delivered_unless_all_were_added():
    one = entry("a@b.pl", "c@b.pl")
    assert judged({"id-1": True, "id-2": True}, one) == Judged()
    assert isinstance(judged({"id-1": True}, one).exceptions[0], ContactMissing)
    assert isinstance(judged({"id-1": True, "id-2": False}, one).exceptions[0], Dead)


def test_a_tag_that_nobody_has_is_delivered_and_one_refused_contact_of_it_is_not():
    assert judged({}, entry("VIP", kind="TAG")) == Judged()
    assert isinstance(judged({"id-1": False}, entry("VIP", kind="TAG")).exceptions[0], Dead)


def test_only_the_word_true_adds_a_contact():
    assert isinstance(judged({"id-1": "true"}, entry("a@b.pl")).exceptions[0], Dead)
