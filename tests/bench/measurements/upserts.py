"""Upserts: the present code beside the code of an earlier commit, with and without merging."""

import json
from pathlib import Path

from tests.bench import roles
from tests.bench.earlier import COMMIT, PRESENT, Code, FileLoad
from tests.bench.measurement import Column, Measurement, Round, Target
from tests.bench.run import Run
from tests.bench.upserts import BLOCK, upserts

#: Upserts of a thousand that are about a contact which came before in it.
REPEATS = {"5 % repeated contacts": 50, "no contact twice": 0}
EARLIER = f"at {COMMIT}"


def row(what: str, version: str = "now") -> str:
    """The row of one kind of upserts and one version of the code."""
    return f"{what}, {version}"


class Upserts(Measurement):
    """Both versions drain the same file of upserts, one directly after the other."""

    name = "upserts"
    title = "Delivered upserts"
    text = (
        "The same file of upserts is enqueued and delivered by the present code and by the code "
        f"at commit {COMMIT}, unpacked beside it, each with one worker. Upserts of one contact "
        "that wait together travel as one item; a merged upsert counts as delivered. The API "
        "answers each request with a job, whose messages are kept until it is known to have ended."
    )
    columns = (Column("upserts/s"),)
    targets = tuple(
        Target(
            f"delivered upserts/s, {what}",
            row(what),
            row(what, EARLIER),
            f"the code at {COMMIT}",
            2.5,
        )
        for what in REPEATS
    )

    def round(self, run: Run) -> Round:
        figures = {}
        for what, repeats in REPEATS.items():
            for version, code in ((EARLIER, run.earlier), ("now", PRESENT)):
                if code is not None:
                    load = _load(run, row(what, version), code, repeats)
                    figures[load.name] = (run.drain(load).messages_per_second(),)
        return figures


def _load(run: Run, name: str, code: Code, repeats: int) -> FileLoad:
    messages = run.size(100_000)
    file = run.folder / f"upserts-{repeats}.jsonl"
    if not file.exists():
        run.show(f"writing {file.name}")
        _write(file, messages, repeats)
    return FileLoad(name, code, file, messages, roles.UPSERTS, messages // BLOCK * repeats)


def _write(file: Path, messages: int, repeats: int) -> None:
    """Lines of `batchline enqueue`."""
    with file.open("w") as lines:
        for upsert in upserts(messages, repeats=repeats):
            lines.write(json.dumps({"op": "contact.upsert", "data": upsert}) + "\n")
