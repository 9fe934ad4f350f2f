"""Tells a webhook of alerts: in the form of Alertmanager's webhooks, or as a text for Slack."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from batchline.producers.settings_watching import Alerts
from batchline.systems.account import Timeout
from batchline.systems.requests import HttpCall
from batchline.worker.alerts.evaluate import Key, Notice, State
from batchline.worker.alerts.table import Alert
from batchline.worker.delivery.http import Http, NoAnswer

#: Seconds that the webhook is waited for.
TIMEOUT = 5.0
#: Alerts told in one call; the others follow with the next look.
MOST = 20
#: How Slack's text begins.
_SIGNS = {"page": "\N{POLICE CARS REVOLVING LIGHT}", "ticket": "\N{WARNING SIGN}"}
#: The name of what is no alert.
TEST = "BatchlineTest"
_OVER = "\N{WHITE HEAVY CHECK MARK}"


class NotTold(Exception):
    """The webhook did not take it. The text names its host, and no more of its address."""


def post(address: str, form: str, notices: Sequence[Notice], settings: Alerts, where: str) -> None:
    """Tell the webhook of these. Raises `NotTold`.

    `where`: which deployment this is, its `key_prefix`.
    """
    body = slack(notices, settings, where) if form == "slack" else as_json(notices, settings, where)
    host = urlsplit(address).hostname
    call = HttpCall(address, {"Content-Type": "application/json"}, json.dumps(body).encode())
    http = Http(Timeout(connect=TIMEOUT, read=TIMEOUT), connections=1)
    try:
        answer = http.send(call)
    except NoAnswer as error:
        if error.begun is None:
            raise NotTold(f"{host}: {error}") from None
        answer = error.begun  # its status decides, whatever became of its body
    finally:
        http.close()
    if not 200 <= answer.status < 300:
        raise NotTold(f"{host} answers HTTP {answer.status}")


def sample() -> Notice:
    """A notice that is none, for `batchline alerts test`."""
    now = round(datetime.now(UTC).timestamp() * 1000)
    return Notice("firing", Key(TEST, ()), State(0.0, now, now))


def as_json(notices: Sequence[Notice], settings: Alerts, where: str) -> dict[str, Any]:
    """The body of Alertmanager's webhooks, version 4."""
    alerts = [_alert(one, settings, where) for one in notices]
    return {
        "version": "4",
        "groupKey": f"batchline:{where}",
        "status": "firing" if any(one.status == "firing" for one in notices) else "resolved",
        "receiver": "batchline",
        "groupLabels": {},
        "commonLabels": {"deployment": where},
        "commonAnnotations": {},
        "externalURL": "",
        "truncatedAlerts": 0,
        "alerts": alerts,
    }


def slack(notices: Sequence[Notice], settings: Alerts, where: str) -> dict[str, Any]:
    """A text for Slack, Mattermost and the like."""
    return {"text": "\n".join(_line(one, settings, where) for one in notices)}


def summary(notice: Notice) -> str:
    """What is wrong, in a sentence."""
    alert = notice.alert
    if notice.key.alert == TEST:
        return "a test by `batchline alerts test`: nothing is wrong."
    if alert is None:  # of a newer release
        return f"{notice.key.alert}: {', '.join(notice.key.values)}"
    value = shown(alert, notice.state.value)
    return alert.words.format_map({**notice.key.labels, "value": value})


def shown(alert: Alert, value: float) -> str:
    """The alert's value, for people."""
    match alert.shown:
        case "seconds":
            return _span(value)
        case "share":
            return f"{100 * value:.3g} %"
        case "messages":
            return f"{value:,.0f} message{'' if value == 1 else 's'}"
    return f"{value:g}"


def _span(seconds: float) -> str:
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds:.0f} s"


def runbook(alert: Alert, settings: Alerts) -> str:
    """The address of the alert's page."""
    return f"{settings.runbook}#{alert.anchor}"


def _alert(notice: Notice, settings: Alerts, where: str) -> dict[str, Any]:
    alert, key, state = notice.alert, notice.key, notice.state
    labels = {"alertname": key.alert, **key.labels, "deployment": where}
    annotations = {"summary": summary(notice)}
    if alert is not None:
        labels["severity"] = alert.severity
        annotations["description"] = alert.do.format_map(key.labels)
        annotations["runbook_url"] = runbook(alert, settings)
    name = "\0".join((where, key.alert, *key.values))
    return {
        "status": notice.status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": _moment(state.since),
        "endsAt": _moment(state.away) if notice.status == "resolved" else "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": hashlib.sha256(name.encode()).hexdigest()[:16],
    }


def _line(notice: Notice, settings: Alerts, where: str) -> str:
    alert, labels = notice.alert, notice.key.labels
    if notice.status == "resolved":
        lasted = _span((notice.state.away - notice.state.since) / 1000)
        about = f" ({', '.join(labels.values())})" if labels else ""
        return f"{_OVER} {where}: {notice.key.alert}{about} is over after {lasted}"
    if alert is None:
        return f"{where}: {summary(notice)}"
    sign, do = _SIGNS[alert.severity], alert.do.format_map(labels)
    return f"{sign} {where}: {alert.name}: {summary(notice)} {do} {runbook(alert, settings)}"


def _moment(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds")
