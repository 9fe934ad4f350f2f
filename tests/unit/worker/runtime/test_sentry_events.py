"""The events for Sentry: where each belongs, and that none holds anybody's words."""

from __future__ import annotations

import http.client
import json
import logging
import sys

import pytest
import sentry_sdk
from redis.exceptions import RedisError

from batchline.producers.lanes import Lane
from batchline.producers.settings import Settings
from batchline.worker.runtime import sentry, sentry_events
from batchline.worker.troubles.kinds import KINDS
from batchline.worker.troubles.trouble import Trouble

LANE = Lane("default", "event.add", 3)
SECRET = "of ann@shop.example"


def trouble(kind, scope, event="began", lane=str(LANE)):
    return Trouble(kind, scope, 1, 1, 2, 40, lane, f"HTTP 503: {SECRET}", event=event)


def test_lanes_of_one_operation_are_one_issue_and_operations_and_reasons_are_apart():
    scopes = ["default:event.add:0", "default:event.add:7", "default:push.send:0", "es:event.add:0"]
    prints = [sentry_events.of_trouble(trouble("stalled", one))["fingerprint"] for one in scopes]
    assert prints == [
        ["batchline", "default", "event.add", "stalled"],
        ["batchline", "default", "event.add", "stalled"],
        ["batchline", "default", "push.send", "stalled"],
        ["batchline", "es", "event.add", "stalled"],
    ]


def test_an_account_and_a_host_are_one_issue_whichever_lane_met_them():
    account = sentry_events.of_trouble(trouble("credentials_refused", "default"))
    host = sentry_events.of_trouble(trouble("host_unreachable", "api.example:443"))
    assert account["fingerprint"] == ["batchline", "default", "", "credentials_refused"]
    assert host["fingerprint"] == ["batchline", "api.example:443", "", "host_unreachable"]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(sentry_events.NOT_REPORTED)))
def test_every_kind_is_reported_with_its_level_and_counts_and_without_its_detail(kind):
    event = sentry_events.of_trouble(trouble(kind, "default:event.add"))
    assert event["level"] in ("warning", "error")
    assert event["tags"]["reason"] == kind
    assert (event["tags"]["attempt"], event["tags"]["status"]) == ("2", "503")
    assert event["extra"]["messages"] == 40
    assert SECRET not in json.dumps(event)


def test_an_end_is_not_reported():
    assert sentry_events.of_trouble(trouble("stalled", str(LANE), event="ended")) is None


def caught(fail):
    try:
        fail()
    except Exception as error:
        return error
    raise AssertionError("it did not fail")


def chained():
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        error.add_note(SECRET)
        raise ValueError(SECRET) from error


def grouped():
    raise ExceptionGroup(SECRET, [ValueError(SECRET), KeyError(SECRET)])


@pytest.mark.parametrize("fail", [chained, grouped])
def test_an_exception_is_its_class_and_its_way_without_any_text(fail):
    client = sentry.new_client("http://key@127.0.0.1:9/1", Settings())
    event = sentry_events.of_fault(caught(fail), LANE, client.options)
    assert SECRET not in json.dumps(event)
    assert event["fingerprint"] == ["batchline", "default", "event.add", "fault"]
    values = event["exception"]["values"]
    assert len(values) >= 2
    assert all(one["stacktrace"]["frames"] for one in values if "stacktrace" in one)


def test_the_sentry_of_an_application_in_the_process_stays_as_it_was():
    patched = (logging.Logger.callHandlers, http.client.HTTPConnection.putrequest, sys.excepthook)
    own = sentry_sdk.Client(dsn="http://own@127.0.0.1:9/2", default_integrations=False)
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(own)
        try:
            sentry.start_sentry(Settings(sentry_dsn="http://key@127.0.0.1:9/1"))
            assert sentry_sdk.get_client() is own
        finally:
            sentry.report_to_nobody()
    now = (logging.Logger.callHandlers, http.client.HTTPConnection.putrequest, sys.excepthook)
    assert now == patched


class Broken:
    """A client of Sentry, or a Redis, that fails whatever it is asked."""

    def __getattr__(self, name):
        raise RedisError(SECRET)


def test_a_report_that_fails_is_a_line_of_the_log_and_raises_nothing(caplog):
    reporter = sentry.Reporter(Broken(), 60, "batchline")
    reporter.trouble(trouble("stalled", str(LANE)), None)
    reporter.fault(caught(chained), None, LANE)
    reporter.refusal(caught(chained))
    reporter.check_in(Broken())
    assert [record.getMessage() for record in caplog.records] == [
        "Sentry got no report: RedisError"
    ] * 3


def test_the_secrets_of_the_settings_are_known_by_value_also_those_in_addresses():
    account = {
        "system": "salesmanago",
        "url": "https://gate:pw-of-gate@api.example",
        "client_id": "c",
    }
    account |= {"api_key": "key-of-api", "api_secret": "secret-of-api", "owner": "o@shop.example"}
    account |= {"proxy": "http://u:pw%2Dof-proxy@proxy.example:3128"}
    settings = Settings(
        redis_url="redis://:pw-of-redis@127.0.0.1/0",
        broker_url="redis://127.0.0.1/1?password=pw-of-broker",
        accounts={"default": account},
    )
    known = set(sentry.secrets_of(settings))
    assert known >= {"secret-of-api", "key-of-api", "pw-of-gate", "pw-of-proxy"}
    assert known >= {"pw-of-redis", "pw-of-broker"}
