"""A message as an entry of its lane's stream."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from batchline.producers import entry
from batchline.systems.registry import systems

CONTACTS = st.one_of(st.emails(), st.text(), st.sampled_from(["", "{", "\n", '{"op":"x"}\nann']))
OPTIONS = st.sampled_from(["", '{"owner":"o@vendor.pl"}', '{"op":"event.update"}', '{"a":"\\n"}'])


@given(CONTACTS, OPTIONS)
@example("{looks like options}", "")
@example("\nbegins with a line feed", "")
def test_contact_and_options_come_back_whatever_they_hold(contact, options):
    name = entry.field_name(contact, options).encode(errors="surrogatepass")
    assert entry.parse(name) == (contact.encode(errors="surrogatepass"), options.encode())


@given(st.lists(st.tuples(CONTACTS, OPTIONS)))
def test_the_columns_of_many_are_those_of_each(rows):
    names = [entry.field_name(*row).encode(errors="surrogatepass") for row in rows]
    contacts, options = entry.parse_all(names)
    assert list(zip(contacts, options, strict=True)) == [entry.parse(name) for name in names]


def test_an_option_that_is_not_given_is_none():
    """So that leaving them out of the payload needs no look at each of them."""
    for system in systems().values():
        for operation in system.operations:
            for name in operation.message.options_fields:
                found = operation.message.model_fields[name]
                assert found.is_required() or found.get_default() is None, (operation.name, name)
