"""The exit codes of the commands, in one table (docs/command-line.md has it, a test compares).

69 and 78 are those of sysexits.h. A command that a signal ends has 128 and the signal's number.
"""

from __future__ import annotations

#: Done, and nothing is wrong.
OK = 0
#: Something is wrong that the command was to look at: a bad line, a letter that is here already.
WRONG = 1
#: The command was called in a wrong way, or could not do its work.
USAGE = 2
#: It was stopped in the middle: a part is done, and the last line says how to go on.
PARTLY = 3
#: A filter, an id or a name fits nothing: nothing was shown or changed.
NOTHING_MATCHED = 4
#: Redis did not answer.
REDIS_AWAY = 69
#: The settings cannot be used.
CONFIGURATION = 78

#: Code -> what it tells, and what a script does about it.
TABLE = {
    OK: ("done; nothing is wrong", "go on"),
    WRONG: (
        "the command has done its work, and found something wrong: a bad line, a trouble, an alert",
        "read what it says; `Aborted!`: a person said no",
    ),
    USAGE: ("called in a wrong way, or it could not do its work", "mend the call"),
    PARTLY: ("a part is done; the last line says how to go on", "go on as it says"),
    NOTHING_MATCHED: ("the filter, the id or the name fits nothing", "often well: nothing to do"),
    REDIS_AWAY: ("Redis did not answer; nothing was done", "try again later"),
    CONFIGURATION: ("the settings cannot be used", "mend the settings: `batchline doctor`"),
}


def markdown() -> str:
    """The table as docs/command-line.md has it."""
    rows = [f"| {code} | {when} | {do} |" for code, (when, do) in TABLE.items()]
    return "\n".join(["| code | when | a script should |", "|--:|---|---|", *rows])
