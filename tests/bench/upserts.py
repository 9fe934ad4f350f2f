"""Upserts such as a shop sends, all different: names, addresses, tags and properties from lists."""

import random
from collections.abc import Iterator
from typing import Any

#: Upserts among which contacts repeat: what one batch takes from the head of its lane.
BLOCK = 1_000

_FIRST = (
    *("Anna", "Piotr", "Maria", "Jan", "Zofia", "Adam", "Ewa"),
    *("Marek", "Julia", "Tomasz", "Olga", "Karol", "Irena", "Paweł"),
)
_LAST = (
    *("Nowak", "Kowalska", "Wójcik", "Lewandowski", "Zielińska"),
    *("Mazur", "Król", "Pawlak", "Dudek", "Sikora"),
)
_CITIES = (
    *("Kraków", "Warszawa", "Gdańsk", "Wrocław", "Poznań"),
    *("Łódź", "Lublin", "Szczecin", "Katowice"),
)
_STREETS = ("Długa", "Krótka", "Polna", "Leśna", "Szkolna", "Ogrodowa", "Lipowa", "Kościelna")
_TAGS = (
    *("CUSTOMER", "NEWSLETTER", "VIP", "OUTLET", "KIDS", "SPORT"),
    *("HOME", "SALE", "LOYALTY", "B2B", "RETURNED"),
)


def upserts(count: int, seed: int = 1, repeats: int = 0) -> Iterator[dict[str, Any]]:
    """Upserts of some 360 bytes, as `ContactUpsert` takes them.

    `repeats`: how many of each `BLOCK` are about a contact that came before in the same block.
    """
    dice, choice = random.Random(seed), random.Random(seed)
    emails: list[str] = []
    for number in range(count):
        upsert, place = _upsert(number, dice), number % BLOCK
        if place == 0:
            emails = []
        if (place + 1) * repeats // BLOCK > place * repeats // BLOCK:
            upsert["contact"]["email"] = choice.choice(emails)
        else:
            emails.append(upsert["contact"]["email"])
        yield upsert


def _upsert(number: int, dice: random.Random) -> dict[str, Any]:
    first, last = dice.choice(_FIRST), dice.choice(_LAST)
    return {
        "contact": {
            "email": f"{first}.{last}.{number}@mail.example".lower(),
            "name": f"{first} {last}",
            "phone": f"+48{dice.randrange(500_000_000, 900_000_000)}",
            "externalId": f"{dice.randrange(10**9):09d}",
            "state": "CUSTOMER",
            "address": {
                "streetAddress": f"{dice.choice(_STREETS)} {dice.randrange(1, 200)}",
                "zipCode": f"{dice.randrange(100):02d}-{dice.randrange(1000):03d}",
                "city": dice.choice(_CITIES),
                "country": "PL",
            },
        },
        "tags": dice.sample(_TAGS, 3),
        "properties": {
            "last_order": str(dice.randrange(10**7)),
            "orders": str(dice.randrange(40)),
            "spent": f"{dice.uniform(10, 5000):.2f}",
        },
        "lang": "PL",
        "forceOptIn": dice.random() < 0.5,
    }
