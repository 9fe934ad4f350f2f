"""What Smart Sender answers to questions: typed, three-valued where that matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchline.systems import lenient
from batchline.systems.lenient import Maybe
from batchline.systems.question import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag of a contact."""

    id: str | None
    name: str | None

    @classmethod
    def of(cls, entry: object) -> Tag:
        if not isinstance(entry, dict):
            return cls(id=lenient.text(entry), name=None)
        return cls(id=lenient.text(entry.get("id")), name=lenient.text(entry.get("name")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Result):
    """A contact (003:146-155): its variables are pairs of key and value."""

    #: False: the API says that the project has no such contact.
    exists: Maybe
    id: str | None
    email: str | None
    phone: str | None
    full_name: str | None
    tags: tuple[Tag, ...]
    variables: Mapping[str, Any]

    @classmethod
    def of(cls, body: Mapping[str, Any], exists: Maybe) -> Contact:
        tags = body.get("tags")
        return cls(
            exists=exists,
            id=lenient.text(body.get("id")),
            email=lenient.text(body.get("email")),
            phone=lenient.text(body.get("phone")),
            full_name=lenient.text(body.get("fullName")),
            tags=tuple(map(Tag.of, tags)) if isinstance(tags, list) else (),
            variables=lenient.fields(body.get("variables")),
            raw=body,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags(Result):
    """Tags of a contact: `collection`, of one page or of several."""

    tags: tuple[Tag, ...]
    #: The page that comes next; None: there is none, or the answer does not say.
    next_page: int | None
    #: Whether these are all, as far as the answer's `cursor` says so.
    is_whole: bool

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Tags:
        collection, cursor = body.get("collection"), lenient.fields(body.get("cursor"))
        tags = tuple(map(Tag.of, collection)) if isinstance(collection, list) else ()
        page, pages = (lenient.whole_number(cursor.get(name)) for name in ("page", "pages"))
        is_known = isinstance(collection, list) and all(tag.id or tag.name for tag in tags)
        has_more = page is not None and pages is not None and page < pages
        return cls(
            tags=tags,
            next_page=page + 1 if has_more and page is not None else None,
            is_whole=is_known and pages is not None and not has_more,
            raw=body,
        )

    def exists(self, tag: str) -> Maybe:
        """Whether the contact has the tag with this id or name; None: the answer does not say."""
        if any(tag in (one.id, one.name) for one in self.tags):
            return True
        return False if self.is_whole else None


def joined(pages: Sequence[Tags]) -> Tags:
    """The tags of all pages; `raw` is a list of their answers."""
    return Tags(
        tags=tuple(tag for page in pages for tag in page.tags),
        next_page=pages[-1].next_page,
        is_whole=pages[-1].is_whole,
        raw=[page.raw for page in pages],
    )
