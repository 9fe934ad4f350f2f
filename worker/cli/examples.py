"""One or two examples of each command, for its `--help`. A test reads each of them as a shell does.

A command that has "Examples:" in its own text needs none here.
"""

from __future__ import annotations

import click

#: Words behind `batchline` -> lines that run.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "up": ("batchline up", "batchline up --workers 2 --no-flower"),
    "worker": ("batchline worker --concurrency 32 --hostname orders@%h",),
    "flower": ("batchline flower --port=6666", "batchline flower --address=0.0.0.0"),
    "users add": ("batchline users add ann --role operator",),
    "users list": ("batchline users list --json",),
    "users remove": ("batchline users remove ann",),
    "enqueue": (
        "batchline enqueue contacts.jsonl --rejects bad.jsonl",
        "batchline enqueue people.csv --op contact --map email=E-mail",
    ),
    "preview": (
        "batchline preview contacts.jsonl --limit 3",
        "batchline preview people.csv --op contact --map email=E-mail",
    ),
    "status": (
        "batchline status --where 'account=default state=failing'",
        "batchline status --check",
    ),
    "lanes": ("batchline lanes --where state=failing,paused --sort -oldest",),
    "top": ("batchline top", "batchline top --where account=default --every 5"),
    "why": ("batchline why default:event.add",),
    "dead list": (
        "batchline dead list --reason rejected --since 2h",
        "batchline dead list --where 'reason=rejected text=\"bad e-mail\"' --json",
    ),
    "dead show": ("batchline dead show 1764230400000-0-default:event.add:0 --ask",),
    "dead seen": ("batchline dead seen",),
    "dead edit": ("batchline dead edit ID --set contactEvent.value=9.5 --dry-run",),
    "dead replay": (
        "batchline dead replay --reason expired --rate 50 --dry-run",
        "batchline dead replay --reason expired --bulk after-outage",
    ),
    "dead purge": ("batchline dead purge --reason contact_missing --until 30d --yes",),
    "dead export": ("batchline dead export --reason rejected letters.jsonl",),
    "dead import": ("batchline dead import letters.jsonl --dry-run",),
    "bulk list": ("batchline bulk list",),
    "bulk show": ("batchline bulk show after-outage --follow",),
    "bulk confirm": ("batchline bulk confirm after-outage --count 120",),
    "bulk stop": ("batchline bulk stop after-outage",),
    "bulk resume": ("batchline bulk resume after-outage",),
    "bulk pace": ("batchline bulk pace after-outage --rate 10",),
    "erase": (
        "batchline erase --email - --phone +380501234567 < address.txt",
        "batchline erase --email ann@shop.example --dry-run",
    ),
    "suppress add": ("batchline suppress add --email - --for 90d < addresses.txt",),
    "suppress remove": ("batchline suppress remove --email ann@shop.example",),
    "suppress check": ("batchline suppress check --email ann@shop.example",),
    "suppress list": ("batchline suppress list --json",),
    "requests": (
        "batchline requests --account default --failed --body",
        "batchline requests --where 'status=5xx since=2h' --follow",
    ),
    "results": (
        "batchline results --group shop --json",
        "batchline results --to hooks --follow",
    ),
    "ask salesmanago has-contact": ("batchline ask salesmanago has-contact ann@shop.example",),
    "ask salesmanago contact": ("batchline ask salesmanago contact ann@shop.example --json",),
    "ask salesmanago coupon": ("batchline ask salesmanago coupon SPRING SB-1",),
    "ask salesmanago job": ("batchline ask salesmanago job 4711",),
    "ask salesmanago pushes": ("batchline ask salesmanago pushes my-app",),
    "ask salesmanago users": ("batchline ask salesmanago users --has owner@shop.example",),
    "ask esputnik account-info": ("batchline ask esputnik account-info",),
    "ask esputnik message-status": ("batchline ask esputnik message-status 6a4f --json",),
    "ask esputnik contact": ("batchline ask esputnik contact --phone 380501234567",),
    "ask smartsender contact": ("batchline ask smartsender contact 4711",),
    "ask smartsender tags": ("batchline ask smartsender tags 4711 --has buyer",),
    "trace": ("batchline trace --contact ann@shop.example", "batchline trace --key order-1 --json"),
    "pause": ('batchline pause default:event.add --reason "stocktaking"',),
    "resume": ("batchline resume default:event.add",),
    "metrics": (
        "batchline metrics --port 9465 --address 0.0.0.0",
        "batchline metrics --once | grep backlog",
    ),
    "alerts": ("batchline alerts --json",),
    "alerts watch": ("batchline alerts watch",),
    "alerts test": ("batchline alerts test",),
    "acts": ("batchline acts --limit 20",),
    "operations": ("batchline operations --system salesmanago --defaults",),
    "config": ("batchline config --changed", "batchline config default --routes"),
    "completion": ("batchline completion bash",),
    "sandbox": ("batchline sandbox --port 8089",),
    "demo": ("batchline demo --messages 2000",),
}


def added(command: click.Command, path: str) -> click.Command:
    """The command, with the examples of its path and of the commands in it behind its help."""
    lines = EXAMPLES.get(path, ())
    before = command.epilog or ""
    if lines and "Examples:" not in before:
        block = "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
        command.epilog = f"{before}\n\n{block}" if before else block
    for name, inner in getattr(command, "commands", {}).items():
        added(inner, f"{path} {name}")
    return command
