"""The exit codes of the commands (docs/operations.md); 69 and 78 are those of sysexits.h."""

from __future__ import annotations

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
