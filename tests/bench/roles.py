"""What the sink plays: the success of each method that the bench calls, as the API answers it."""

from dataclasses import replace

from tests.bench.payload import MARKER
from tests.bench.sink import Role

#: contact/batchAddContactExtEvent of SALESmanago.
EVENTS = Role(
    MARKER.decode(),
    '{"success":true,"message":[],"failedContacts":[],"createdAmount":%(items)d,"failedAmount":0}',
)
#: contact/batchupsertv2 of SALESmanago: a job, each with an id of its own.
UPSERTS = Role('"contact":{', '{"success":true,"message":[],"requestId":%(request)d}')
#: contact/create of SALESmanago Mobile.
MOBILE_CONTACTS = Role(
    '"pushRegistrationId"',
    '{"success":true,"message":["Contact has been created"],"data":{"userId":"u-%(request)d"}}',
)
#: POST /v1/contacts of eSputnik: a job.
ESPUTNIK_CONTACTS = Role('"firstName":', '{"asyncSessionId":"a-%(request)d","id":0}')
#: PUT /v1/contacts/{id} of Smart Sender.
SMARTSENDER_UPDATES = Role('"values"', '{"state":true}')


def slow(role: Role, seconds: float) -> Role:
    """The same role, `seconds` between request and answer."""
    return replace(role, delay=seconds)
