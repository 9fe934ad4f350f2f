"""Questions to an API, as direct calls past the lanes: they change nothing there.

    from batchline import ask

    ask.salesmanago.has_contact("ann@shop.example").exists   # True, False, or None: not known

Each function takes `account` (its name in the settings; `default`), `settings` (those of
`batchline.toml` and the environment if left out), and `wait`: the seconds that it waits for the
account's rate limit, which it shares with the workers (10). It takes `timeout.connect` +
`timeout.read` of the account at most, and returns what the API answered, typed, with the answer
itself as `raw`. What the answer does not say is None, and never "no". There is no async form: run
it in a thread.

All need the worker's packages and the account's secrets. They raise pydantic's ValidationError for
a value that breaks a documented limit, NotInstalled, InvalidSettings (a secret that is not here),
UnknownAccount, WrongSystem, RedisUnavailable (an account with rate limits needs Redis),
LimitReached, CallRefused, AccountRefused or QuestionUnanswered. The last four are
`DirectCallFailed`, and each names the account, the question and what to do.
"""

from __future__ import annotations

from batchline.ask import esputnik, salesmanago, smartsender

__all__ = ["esputnik", "salesmanago", "smartsender"]
