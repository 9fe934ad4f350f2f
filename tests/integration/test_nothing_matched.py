"""Every command that can be asked for what there is not ends with 4, and changes nothing."""

from __future__ import annotations

import shlex

from batchline.worker.cli import exit_codes
from batchline.worker.store import suppression
from tests.builders import event
from tests.letters import dead

ID = "default:event.add:0@1795248000000-0"
#: Command lines that fit nothing, although there is a dead letter, and a message that waits.
FITS_NOTHING = (
    "status --where account=nobody",
    "status --where account=nobody --json",
    "lanes --where account=nobody",
    "lanes --where account=nobody --json",
    "lanes --where text=nonsense",
    "why nobody",
    "dead list --reason expired",
    "dead list --reason expired --json",
    "dead list --where account=nobody",
    f"dead show {ID}",
    f"dead show {ID} --json",
    f"dead edit {ID} --set email=a@b.pl",
    "dead replay --reason expired",
    f"dead replay {ID}",
    "dead purge --reason expired --yes",
    f"dead purge {ID} --yes",
    "dead export --reason expired -",
    "bulk show nowhere",
    "bulk show nowhere --json",
    "bulk confirm nowhere --count 1",
    "bulk stop nowhere",
    "bulk resume nowhere",
    "bulk pace nowhere --rate 5",
    "erase --resume erase-1-abcd",
    "suppress remove --email nobody@shop.example",
    "requests",
    "requests --json",
    "requests --where status=5xx",
    f"trace {ID}",
    f"trace {ID} --json",
    "trace --contact nobody@shop.example",
    "trace --key nothing",
)


def texts(client):
    """Every key but clocks, with its value."""
    names = [name for name in client.scan_iter(count=1000) if b"clock" not in name]
    return {name: client.dump(name) for name in names if client.type(name) != b"none"}


def test_each_of_them_ends_with_4_says_so_and_changes_nothing(stack):
    dead(stack, [event(1)])
    with stack.producer() as producer:
        producer.send(event(2))
    suppression.key_of(stack.store)  # made when it is first needed
    before = texts(stack.client)
    codes, silent = {}, []
    for line in FITS_NOTHING:
        done = stack.run(*shlex.split(line))
        codes[line] = done.returncode
        if not (done.stderr + done.stdout).strip():
            silent.append(line)
    wrong = {line: code for line, code in codes.items() if code != exit_codes.NOTHING_MATCHED}
    assert wrong == {}
    assert silent == []
    assert texts(stack.client) == before
