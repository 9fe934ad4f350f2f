"""The breaker's Lua against a model of it in Python, with a clock of the test's own."""

from __future__ import annotations

import json
from importlib.resources import files

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

#: ms for which a breaker is kept beyond its own times (`producers/lua/clock.lua`): none here.
KEPT = "local KEPT = 0\n"
LUA = KEPT + (files("batchline.worker.store") / "lua" / "breaker.lua").read_text()
BLOCKS = f"""{LUA}
local open_until = breaker_open_until(KEYS[1], tonumber(ARGV[1]))
if not open_until then breaker_probe(KEYS[1], tonumber(ARGV[2])) end
return open_until or -1"""
NOTE = f"""{LUA}
local event, until_ = breaker_note(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]),
  tonumber(ARGV[3]), cjson.decode(ARGV[4]))
return {{event or 'none', until_ or -1}}"""
KEY = "breaker"
STREAK, LEAST, SHARE, WINDOW, OPEN, LEASE = 3, 6, 0.5, 1000, 500, 200
LIMITS = json.dumps(
    {"streak": STREAK, "least": LEAST, "share": SHARE, "window": WINDOW, "open": OPEN}
)


class BreakerMachine(RuleBasedStateMachine):
    """Set by the test: client."""

    client = None

    @initialize()
    def closed(self):
        self.client.delete(KEY)
        self.now = 1_000_000
        self.blocked_until = None  # while open, or while a probe is under way
        self.streak = 0
        self.window = []  # (when the window began, answered, failed)

    @rule(by=st.integers(1, 700))
    def time_passes(self, by):
        self.now += by

    @rule()
    def somebody_asks(self):
        said = self.client.eval(BLOCKS, 1, KEY, self.now, self.now + LEASE)
        if self.blocked_until is None:
            assert said == -1
        elif self.blocked_until > self.now:
            assert said == self.blocked_until
        else:
            assert said == -1, "the first after the time is the probe"
            self.blocked_until = self.now + LEASE

    @rule(answered=st.integers(0, 3), failed=st.integers(0, 2))
    def a_batch_is_settled(self, answered, failed):
        event, until = self.client.eval(NOTE, 1, KEY, self.now, answered, failed, LIMITS)
        if not self.window or self.now - self.window[0] > WINDOW:
            self.window = [self.now, 0, 0]
        self.window[1] += answered + failed
        self.window[2] += failed
        if answered and not failed:
            self.streak = 0
        else:
            self.streak = failed if answered else self.streak + failed
        share = self.window[1] >= LEAST and self.window[2] / self.window[1] >= SHARE
        if failed and (self.blocked_until is not None or self.streak >= STREAK or share):
            assert (event, until) == (b"opened", self.now + OPEN)
            self.blocked_until = self.now + OPEN
            self.streak, self.window = 0, [self.now, 0, 0]
        elif not failed and answered and self.blocked_until is not None:
            assert event == b"closed"
            self.blocked_until = None
        else:
            assert event == b"none"


def test_the_breaker_opens_probes_and_closes_as_its_model_does(client):
    BreakerMachine.client = client
    run_state_machine_as_test(
        BreakerMachine,
        settings=settings(
            max_examples=80,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
