"""What the log of the dashboard's process says of requests."""

from __future__ import annotations

import sys

import pytest
import requests

from tests.flower import running_flower, until_up
from tests.waiting import PATIENCE, until

ANN = "ann.of.the.log"
COMMANDS = [("-m", "batchline", "flower"), ("-m", "celery", "-A", "batchline.app", "flower")]


@pytest.mark.parametrize("command", COMMANDS, ids=["batchline flower", "celery flower"])
def test_no_line_of_the_log_repeats_an_address_or_what_was_typed(stack, command):
    log = stack.folder / "flower.log"
    with running_flower({}, log, (sys.executable,), command) as url:
        until_up(f"{url}/healthcheck")
        answers = {
            path: requests.get(f"{url}{path}", timeout=PATIENCE).status_code
            for path in (
                f"/dead?where=text={ANN}",
                f"/dead?where=nonsense={ANN}",
                f"/dead/{ANN}",
                f"/trace?q={ANN}",
                f"/bulk/{ANN}",
                f"/{ANN}?email={ANN}",
                f"/static/{ANN}?email={ANN}",
                f"/batchline/static/{ANN}?email={ANN}",
                f"/api/task/info/{ANN}?email={ANN}",
                f"/task/{ANN}",
            )
        }
        refused = requests.post(f"{url}/erase/now?{ANN}", {"email": ANN}, timeout=PATIENCE)
        until(lambda: "403 POST /erase/now" in log.read_text(), log.read_text)
    text = log.read_text()
    assert refused.status_code == 403
    assert answers[f"/dead?where=text={ANN}"] == 200
    assert answers[f"/dead?where=nonsense={ANN}"] == 400
    assert answers[f"/{ANN}?email={ANN}"] == 404
    assert "404 GET /bulk/***" in text
    assert ANN not in text
