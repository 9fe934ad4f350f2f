"""Questions to Smart Sender. What they answer: `batchline.systems.smartsender.findings`."""

from __future__ import annotations

from batchline.ask.call import asked
from batchline.producers.frames import without_values
from batchline.producers.settings import Settings, settings_or_those_in_force
from batchline.systems.question import WAIT
from batchline.systems.smartsender import questions
from batchline.systems.smartsender.findings import Contact, Tag, Tags, joined

__all__ = ["Contact", "Tag", "Tags", "contact", "tags"]

#: The most pages of one contact's tags that are asked for, of twenty tags each.
MOST_PAGES = 10


@without_values
def contact(
    contact_id: str,
    *,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> Contact:
    """The project's contact with this id, its tags and variables: GET /v1/contacts/{id}/info."""
    return asked(questions.contact(contact_id), account, settings, wait)


@without_values
def tags(
    contact_id: str,
    *,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> Tags:
    """A contact's tags: GET /v1/contacts/{id}/tags, page by page, ten pages at most.

    Each page is a request, which waits for the rate limit by itself.
    """
    settings = settings_or_those_in_force(settings)
    pages = [asked(questions.tags(contact_id), account, settings, wait)]
    while pages[-1].next_page is not None and len(pages) < MOST_PAGES:
        question = questions.tags(contact_id, pages[-1].next_page)
        pages.append(asked(question, account, settings, wait))
    return joined(pages)
