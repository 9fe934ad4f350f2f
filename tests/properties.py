"""How many examples of a property are tried, and the texts that a message may hold."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

#: The characters of such texts.
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), include_characters="\t\n\r")
TEXTS_OF_MESSAGES = st.text(LETTERS, max_size=20)
#: Ids of your own, and "".
OWN_IDS = st.from_regex("([0-9A-Za-zł#]([ 0-9A-Za-zł/+-]{0,36}[0-9A-Zł])?)?", fullmatch=True)


def examples(count: int) -> int:
    """`count`, or fewer in the profile of `make test-fast`."""
    is_fast = settings.get_current_profile_name() == "fast"
    return min(count, settings.default.max_examples) if is_fast else count
