"""Addresses and ids as people have them: cleaned where the meaning is certain, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from batchline import Contact, Event, esputnik, salesmanago, salesmanago_mobile, smartsender
from batchline.systems.identifiers import USUAL, checked_email, cleaned, email_of
from batchline.systems.salesmanago.account import SalesmanagoAccount

EVA = "eva.lee@shop.example"

CLEANED = {
    "byte order mark": f"\ufeff{EVA}",
    "zero width space": "eva.\u200blee@shop.example",
    "word joiner": "eva.lee\u2060@shop.example",
    "zero width joiner": "eva.lee@\u200dshop.example",
    "soft hyphen": "eva.lee@sh\u00adop.example",
    "marks around": f"\u202a{EVA}\u202c",
    "isolated": f"\u2068{EVA}\u2069",
    "right to left mark": f"{EVA}\u200f",
    "blanks around": f"\u00a0\u2003{EVA}\t\r\n",
    "link": f"mailto:{EVA}",
    "link in capitals": f" MAILTO: {EVA}",
    "all of them": f"\ufeff mailto:\u200e{EVA}\u00a0",
}
REFUSED = {
    "override": (f"\u202e{EVA}", "RIGHT-TO-LEFT OVERRIDE"),
    "replacement": (f"{EVA}\ufffd", "REPLACEMENT CHARACTER"),
    "no-break space inside": ("eva\u00a0lee@shop.example", "NO-BREAK SPACE"),
    "line break inside": ("eva\nlee@shop.example", "U+000A"),
    "blank inside": ("eva lee@shop.example", "holds a blank"),
    "blank at the @": ("eva.lee @shop.example", "holds a blank"),
    "two dots": ("eva..lee@shop.example", "two dots in a row"),
    "two dots in the domain": ("eva.lee@shop..example", "two dots in a row"),
    "link with a subject": (f"mailto:{EVA}?subject=Hi", "mailto: link"),
    "link with an escape": ("mailto:eva%2Blee@shop.example", "mailto: link"),
    "joiner in another alphabet": (
        "\u0646\u0627\u0645\u200c\u0647@shop.example",
        "ZERO WIDTH NON-JOINER",
    ),
    "filler": ("eva\u3164@shop.example", "HANGUL FILLER"),
    "nothing but marks": ("\ufeff\u200b", "is blank"),
}

MAKE = {
    "salesmanago contact": lambda mail: salesmanago.ContactUpsert(contact={"email": mail}),
    "salesmanago event": lambda mail: salesmanago.ExternalEvent(
        email=mail, contact_event={"contact_ext_event_type": "CART"}
    ),
    "salesmanago addressees": lambda mail: salesmanago.LoyaltyEntry(
        loyalty_program="p", contacts=[{"addressee_type": "EMAIL", "value": mail}]
    ),
    "salesmanago list of addressees": lambda mail: salesmanago.LoyaltyEntry(
        loyalty_program="p", contacts=[{"addressee_type": "EMAIL", "value": [mail]}]
    ),
    "salesmanago_mobile": lambda mail: salesmanago_mobile.MobileContact(
        push_registration_id="t", application_simple_id="a", system_="IOS", email=mail
    ),
    "esputnik contact": lambda mail: esputnik.ContactUpsert(
        channels=[{"type": "email", "value": mail}]
    ),
    "esputnik event of v2": lambda mail: esputnik.EventV2(
        event_type_key="x", params=[{"name": "Email", "value": mail}]
    ),
    "esputnik unsubscription": lambda mail: esputnik.EmailUnsubscription(email=mail),
}


@pytest.mark.parametrize("name", CLEANED)
@pytest.mark.parametrize("system", MAKE)
def test_an_address_with_what_nobody_sees_is_the_same_contact(system, name):
    message = MAKE[system](CLEANED[name])
    assert message.contact_key() == EVA
    assert EVA in message.payload().decode()
    assert message.payload().isascii()


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("system", MAKE)
def test_an_address_of_no_certain_meaning_is_refused_and_the_reason_named(system, name):
    mail, detail = REFUSED[name]
    with pytest.raises(ValidationError) as refused:
        MAKE[system](mail)
    problems = refused.value.errors(include_input=False, include_url=False)
    assert any(detail in problem["msg"] for problem in problems)
    assert "shop.example" not in str(problems)


@pytest.mark.parametrize("name", CLEANED)
def test_a_neutral_address_is_cleaned_before_any_system_gets_it(name):
    assert Contact(email=CLEANED[name]).email == EVA
    assert Event(type="P", email=CLEANED[name]).email == EVA


@pytest.mark.parametrize("name", REFUSED)
def test_a_neutral_address_of_no_certain_meaning_is_refused(name):
    mail, detail = REFUSED[name]
    with pytest.raises(ValidationError) as refused:
        Contact(email=mail)
    assert detail in str(refused.value)


def test_a_smart_sender_gate_takes_the_same_addresses():
    gate = smartsender.ContactCreate(
        channel_id="1", identifier="\u200bg1", first_name="E", email=f"\ufeff{EVA}"
    )
    assert (gate.identifier, gate.email) == ("g1", EVA)


def test_an_accent_of_its_own_is_composed_so_that_both_spellings_are_one_contact():
    assert cleaned("jose\u0301@shop.example") == cleaned("jos\u00e9@shop.example")
    assert cleaned("Zoe\u0301-17") == "Zo\u00e9-17", "an id or a code too"


IDENTIFIERS = {
    "external id of a contact": lambda value: (
        salesmanago.Contact(email=EVA, external_id=value).external_id
    ),
    "external id of an event": lambda value: (
        salesmanago.ContactEvent(contact_ext_event_type="CART", external_id=value).external_id
    ),
    "event that is deleted": lambda value: (
        salesmanago.EventDeletion(email=EVA, external_id=value).external_id
    ),
    "coupon": lambda value: salesmanago.CouponRedemption(email=EVA, coupon=value).coupon,
    "new coupon": lambda value: (
        salesmanago.CouponAddition(email=EVA, name="n", coupon=value).coupon
    ),
    "contact id": lambda value: salesmanago.Contact(contact_id=value).contact_id,
    "addressed contact id": lambda value: salesmanago.LoyaltyEntry(
        loyalty_program="p", contacts=[{"addressee_type": "CONTACT_ID", "value": value}]
    ).contact_key(),
    "external customer id": lambda value: esputnik.ContactDeletion(
        external_customer_id=value
    ).contact_key(),
    "order": lambda value: esputnik.Order(
        external_order_id=value, email=EVA, total_cost=1, status="DELIVERED", date="2026-11-25"
    ).contact_key(),
    "key of an event": lambda value: esputnik.Event(event_type_key="x", key_value=value).key_value,
    "locator": lambda value: esputnik.PreparedMessage(message_id=1, locator=value).locator,
    "push token": lambda value: esputnik.Channel(type="webpush", value=value).value,
    "smart sender": lambda value: smartsender.EventFire(contact_id=value, name="n").contact_key(),
    "e-mail to be sent": lambda value: (
        salesmanago.EmailSending(
            email_id=value, contacts=[{"addressee_type": "EMAIL", "value": EVA}]
        ).email_id
    ),
    "e-mail of a confirmation": lambda value: (
        salesmanago.ConfirmationEmail(
            email=EVA, double_opt_in_email_id=value
        ).double_opt_in_email_id
    ),
    "application": lambda value: (
        salesmanago.Push(push_id="p", application_id=value, email=EVA).application_id
    ),
    "mobile application": lambda value: (
        salesmanago_mobile.MobileContact(
            push_registration_id="t", application_simple_id=value, system_="IOS", email=EVA
        ).application_simple_id
    ),
    "mobile token": lambda value: (
        salesmanago_mobile.MobileContact(
            push_registration_id=value, application_simple_id="a", system_="IOS", email=EVA
        ).push_registration_id
    ),
    "id of a request": lambda value: (
        esputnik.SmsSend(
            phone_number="380942583691", sender="Shop", text="t", external_request_id=value
        ).external_request_id
    ),
    "neutral contact": lambda value: Contact(external_id=value).external_id,
    "neutral event": lambda value: Event(type="P", phone="1", external_id=value).external_id,
}


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_the_same_rule_holds_for_ids_and_codes(name):
    assert IDENTIFIERS[name]("\ufeff U-17\u200b42 \u200e") == "U-1742"
    with pytest.raises(ValidationError, match="RIGHT-TO-LEFT OVERRIDE"):
        IDENTIFIERS[name]("U-17\u202e42")


#: Field -> a message whose user of the account it is.
USERS = {
    "owner": lambda user: salesmanago.ContactUpsert(contact={"email": EVA}, owner=user),
    "owner of an event": lambda user: salesmanago.EventDeletion(
        email=EVA, external_id="e", owner=user
    ),
    "new owner": lambda user: salesmanago.OwnerChange(contact=EVA, new_owner=user),
    "owner of a note": lambda user: salesmanago.Note(email=EVA, note="n", owner=user),
    "sender": lambda user: salesmanago.EmailSending(
        email_id="e", contacts=[{"addressee_type": "EMAIL", "value": EVA}], user=user
    ),
}


@pytest.mark.parametrize("field", USERS)
def test_a_user_of_the_account_is_named_without_what_nobody_sees(field):
    message = USERS[field]("\ufeffseller@shop\u200b.example\u00a0")
    assert '"seller@shop.example"' in message.options() + message.payload().decode()
    with pytest.raises(ValidationError, match="RIGHT-TO-LEFT OVERRIDE"):
        USERS[field]("\u202eseller@shop.example")


def test_the_owner_in_the_settings_is_named_without_what_nobody_sees():
    account = SalesmanagoAccount(
        system="salesmanago",
        url="https://api.example",
        client_id="c",
        api_key="k",
        api_secret="s",
        owner="seller@shop.example\u200b ",
    )
    assert account.owner == "seller@shop.example"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (f" {EVA} ", EVA),
        (f"{EVA} ,ann@shop.example", f"{EVA}, ann@shop.example"),
        (f"{EVA},ann@shop.example", f"{EVA},ann@shop.example"),
    ],
)
def test_blanks_around_an_addressee_are_dropped(given, sent):
    sending = salesmanago.EmailSending(
        email_id="e", contacts=[{"addressee_type": "EMAIL", "value": given}]
    )
    assert sending.contacts[0].value == sent


def test_an_empty_text_still_clears_an_external_id_and_a_blank_one_does_not():
    assert salesmanago.Contact(email=EVA, external_id="").external_id == ""
    with pytest.raises(ValidationError, match="is blank"):
        salesmanago.Contact(email=EVA, external_id=" \u200b")


def test_a_blank_inside_an_id_is_a_part_of_it():
    assert cleaned("order 17") == "order 17"


def test_several_addressees_are_cleaned_one_by_one():
    entry = salesmanago.LoyaltyEntry(
        loyalty_program="p",
        contacts=[{"addressee_type": "EMAIL", "value": f"\ufeff{EVA},mailto:ann@shop.example"}],
    )
    assert entry.contacts[0].value == f"{EVA}, ann@shop.example"


#: Short ones of `USUAL`: such as long as it allows are slow to make up.
SHORT_USUAL = (
    r"[A-Za-z0-9_+-]{1,5}(?:\.[A-Za-z0-9_+-]{1,4}){0,2}"
    r"@(?:[A-Za-z0-9]{1,5}(?:-[A-Za-z0-9]{1,4}){0,2}\.){1,3}[A-Za-z]{2,10}"
)


@given(st.from_regex(SHORT_USUAL, fullmatch=True))
def test_the_usual_address_is_one_by_the_whole_rule_too(address):
    assert USUAL.fullmatch(address)
    assert email_of(address) == checked_email(address) == cleaned(address) == address
