"""A type of event that no document knows: one warning, with the account and the setting."""

from __future__ import annotations

import warnings

import pytest

from batchline.producers.enqueue import Target
from batchline.producers.errors import InvalidSettings
from batchline.systems.salesmanago.messages import (
    EVENT_TYPES,
    EventUpdate,
    ExternalEvent,
    UnknownEventType,
    event_types,
)
from batchline.worker.intake.lines import parse
from tests.fake_api import ACCOUNT, configure

ANN = "ann@shop.example"
MAPPED = 'mapping.event_types = {"left behind" = "CART_LEFT"}\n'


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Makes settings of these lines more, in a process that has not warned yet."""
    monkeypatch.setattr(event_types, "_WARNED", set())
    return lambda more="": configure(tmp_path, monkeypatch, ACCOUNT + more)


def warned(call):
    """The texts of the warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert {one.category for one in caught} <= {UnknownEventType}
    return [str(one.message) for one in caught]


def event(kind):
    return ExternalEvent(email=ANN, contact_event={"contact_ext_event_type": kind})


def stored(message, settings):
    return Target.of(message, "default", settings).stored(message)


def test_an_unknown_type_is_warned_of_once_in_a_process_with_its_account_and_the_setting(settings):
    loaded = settings()
    (told,) = warned(lambda: [stored(event("PURCHASED"), loaded) for _ in range(3)])
    assert told.startswith("account 'default': PURCHASED is no known contactExtEventType")
    assert "the nearest is PURCHASE. " in told
    assert told.endswith('known_event_types = ["PURCHASED"] in [accounts.default]')
    assert len(warned(lambda: stored(event("CARTED"), loaded))) == 1


def test_a_type_that_the_settings_list_is_not_warned_of(settings):
    loaded = settings('known_event_types = ["PRE_ORDER"]\n')
    assert warned(lambda: stored(event("PRE_ORDER"), loaded)) == []
    (told,) = warned(lambda: stored(event("PRE_ORDERS"), loaded))
    assert 'known_event_types = ["PRE_ORDER", "PRE_ORDERS"]' in told


def test_an_update_of_an_event_is_looked_at_too(settings):
    change = {"eventId": "e-1", "contactExtEventType": "WISHED", "date": 10**12}
    update = EventUpdate.model_validate({"email": ANN, "contactEvent": change})
    loaded = settings()
    assert len(warned(lambda: stored(update, loaded))) == 1


def test_a_line_of_a_file_is_warned_of_with_the_account_that_it_goes_to(settings):
    line = b'{"op": "event", "account": "default", "data": {"type": "WISHED", "email": "a@b.pl"}}'
    loaded = settings()
    (told,) = warned(lambda: [parse(line, None, loaded) for _ in range(2)])
    assert told.startswith("account 'default': WISHED is no known")


def test_a_type_in_the_settings_is_warned_of_by_its_key(settings):
    (told,) = warned(lambda: settings(MAPPED))
    assert told.startswith('accounts.default.mapping.event_types."left behind": CART_LEFT is')
    assert warned(lambda: settings(MAPPED)) == []


def test_a_type_in_the_settings_that_they_list_too_is_fine(settings):
    assert warned(lambda: settings(f'known_event_types = ["CART_LEFT"]\n{MAPPED}')) == []


def test_a_known_type_needs_no_entry(settings):
    loaded = settings()
    assert warned(lambda: [stored(event(kind), loaded) for kind in EVENT_TYPES]) == []


def test_a_type_that_cannot_be_one_is_refused_in_the_settings(settings):
    with pytest.raises(InvalidSettings, match=r"known_event_types\.0: must be capital letters"):
        settings('known_event_types = ["pre order"]\n')
