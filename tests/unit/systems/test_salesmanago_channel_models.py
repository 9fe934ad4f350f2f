"""What the models of SALESmanago's other writes accept, up to each documented limit."""

import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.salesmanago.messages import (
    Attachment,
    CouponAddition,
    EmailSending,
    EmailUpsert,
    FunnelEntry,
    FunnelStage,
    LoyaltyEntry,
    LoyaltyExit,
    Note,
    PointsChange,
    TaskUpdate,
    TextMessage,
    TransactionalMessage,
)
from batchline.systems.salesmanago.messages.sms_providers import PROVIDERS
from batchline.systems.salesmanago_mobile.messages import MobileContact

ANN = [{"addressee_type": "EMAIL", "value": "Ann@shop.example"}]
UPSERT = {"name": "n", "subject": "s", "sender_account_id": "1"}


@pytest.mark.parametrize("length", [5, 64])
def test_a_made_code_has_5_to_64_characters(length):
    assert CouponAddition(email="a@b.pl", name="x" * 64, length=length).length == length


@pytest.mark.parametrize("coupon", ["x" * 5, "x" * 32])
def test_a_given_code_has_5_to_32_characters(coupon):
    assert CouponAddition(email="a@b.pl", name="n", coupon=coupon).coupon == coupon


def test_a_stage_has_3_to_255_characters():
    assert FunnelStage(name="abc", order=1).name == "abc"
    assert len(FunnelStage(name="x" * 255, order=1).name) == 255


@pytest.mark.parametrize("content", ["x" * 2_097_152, "€" * 699_050])
def test_an_email_may_be_as_large_as_two_megabytes_of_utf_8(content):
    EmailUpsert(**UPSERT, content=content)


def test_the_properties_of_an_email_may_be_a_mapping():
    contact = {**ANN[0], "properties": {"size": "M"}}
    (sent,) = json.loads(EmailSending(email_id="1", contacts=[contact]).payload())["contacts"]
    assert sent["properties"] == [{"name": "size", "value": "M"}]


@given(st.binary(max_size=300))
def test_a_file_may_be_given_as_bytes_or_in_base64(content):
    given = {"name": "a.gif", "content_type": "image/gif"}
    encoded = b64encode(content).decode()
    as_bytes = Attachment(**given, content=content)
    assert as_bytes == Attachment(**given, content=encoded)
    assert as_bytes.content == encoded


def test_a_group_is_addressed_without_a_value():
    message = TextMessage(
        name="n", text_content="t", contacts=[{"addressee_type": "opted_in"}, *ANN]
    )
    assert json.loads(message.payload())["contacts"] == [
        {"addresseeType": "OPTED_IN"},
        {"addresseeType": "EMAIL", "value": "Ann@shop.example"},
    ]


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_documented_provider_is_taken(provider):
    TransactionalMessage(
        provider=provider,
        integration_name="i",
        template_external_id="1",
        sender="s",
        contact=ANN[0],
    )


def test_a_task_that_is_deleted_needs_no_more_than_its_id():
    task = TaskUpdate(finished=True, sm_contact_task_req={"id": "7"})
    assert json.loads(task.payload()) == {"finished": True, "smContactTaskReq": {"id": "7"}}


def test_the_addresses_of_a_task_may_be_a_list():
    fields = {"id": "7", "cc": ["a@b.pl", "c@d.pl"]}
    assert TaskUpdate(sm_contact_task_req=fields).sm_contact_task_req.cc == "a@b.pl,c@d.pl"


@pytest.mark.parametrize("kind", [LoyaltyEntry, LoyaltyExit])
def test_who_enters_and_leaves_a_program_travels_in_the_lane_of_its_points(kind):
    message = kind(loyalty_program="Stars", contacts=ANN)
    assert message.lane_operation() == PointsChange.operation
    assert json.loads(message.options()) == {"op": kind.operation}


@pytest.mark.parametrize(
    ("contacts", "key"),
    [
        (ANN, "ann@shop.example"),
        ([{"addressee_type": "CONTACT_ID", "value": "Id-1"}], "Id-1"),
        ([{"addressee_type": "EMAIL", "value": "a@b.pl, c@d.pl"}], ""),
        ([*ANN, {"addressee_type": "CONTACT_ID", "value": "1"}], ""),
        ([{"addressee_type": "TAG", "value": "VIP"}], ""),
    ],
)
def test_the_key_is_that_of_the_contact_where_there_is_a_single_one(contacts, key):
    assert FunnelEntry(funnel="f", stage="s", contacts=contacts).contact_key() == key


def test_messages_about_one_task_share_a_key_however_they_name_the_contact():
    by_id = TaskUpdate(sm_contact_task_req={"id": "7"})
    both = TaskUpdate(sm_contact_task_req={"id": "7", "contact_email": "a@b.pl"})
    assert by_id.contact_key() == both.contact_key() == "task:7"


def test_a_note_has_up_to_1024_characters():
    Note(email="a@b.pl", note="x" * 1024)


def test_a_mobile_user_keeps_its_platform_under_the_apis_name():
    user = MobileContact(
        push_registration_id="x" * 512,
        application_simple_id="app",
        system_="ANDROID",
        email="Ann@shop.example",
        timezone="America/Argentina/Buenos_Aires",
    )
    assert json.loads(user.payload())["system"] == "ANDROID"
    assert (user.system, user.contact_key()) == ("salesmanago_mobile", "ann@shop.example")
