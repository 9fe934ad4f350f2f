"""SALESmanago's own samples, as its documents print them."""

from __future__ import annotations

import json

#: contact/upsert, "Sample request with advanced fields", without the auth block.
ADVANCED = json.loads("""
{
  "owner": "salesmanago.user@yourcompany.com",
  "contact": {
    "email": "name@example.com",
    "phone": "+15554443322",
    "fax" : "+15551112233",
    "name": "John Doe",
    "externalId": "U12345",
    "state" : "PROSPECT",
    "address": {
      "streetAddress": "Main Street 21",
      "zipCode": "90210",
      "city": "San José",
      "country": "US"
    }
  },
  "province": "California",
  "birthday": "19870605",
  "forceOptIn": true,
  "forceOptOut": false,
  "forcePhoneOptIn": false,
  "forcePhoneOptOut": true,
  "useApiDoubleOptIn": true,
  "doubleOptInLanguage": "ES",
  "newEmail": "new.email@example.com",
  "tags": ["T_SHIRTS", "SWEATERS", "UPSELL"],
  "removeTags": ["FIRST_PURCHASE"],
  "properties": {"t_shirt_size": "XL", "gender": "Male"},
  "dictionaryProperties": [
    {"name": "member_since", "type": "DATE", "value": 1459938888000},
    {"name": "shoe_size", "type": "NUMBER", "value": 10}
  ],
  "consentDetails": [
    {
      "consentName": "TERMS_OF_SERVICE",
      "consentAccept": true,
      "agreementDate": 1659938888000,
      "ip": "192.168.0.1",
      "optOut": false,
      "consentDescriptionId": 1234
    },
    {
      "consentName": "PHYSICAL_MAIL",
      "consentAccept": false,
      "agreementDate": 1659938888000,
      "ip": "192.168.0.1",
      "optOut": true,
      "consentDescriptionId": 5678
    }
  ]
}
""")

#: contact/batchupsertv2, the sample's two upsertDetails.
FIRST_OF_BATCH = json.loads("""
{
  "newEmail": null,
  "contact": {
    "email": "batchtest2@benhauer.pl",
    "name": "Test1",
    "phone": "+48123321123",
    "fax": "+48345543345",
    "company": "Benhauer Sp. z o.o. Sp. K.",
    "externalId": null,
    "address": {
      "streetAddress": "Brzyczynska 123",
      "zipCode": "43-305",
      "city": "Krakow",
      "country": "PL"
    }
  },
  "relation" : {"type": "PARENT", "email": "child@test.pl"},
  "tags": ["API", "ADmanago"],
  "removeTags": ["Test_tag", "New"],
  "properties": {"custom.nickname": "Konri1", "custom.sex": "M"},
  "dictionaryProperties": [
    {"name": "birthday", "type": "DATE", "value": 1488927600000},
    {"name": "visits", "type": "NUMBER", "value": 42}
  ],
  "birthday": "19801017",
  "province": "Małopolska",
  "forceOptIn" : true,
  "forceOptOut" : false,
  "forcePhoneOptIn" : true,
  "forcePhoneOptOut" : false
}
""")
SECOND_OF_BATCH = json.loads("""
{
  "contact": {
    "email": "batchtest1@benhauer.pl",
    "name": "Test2",
    "phone": "+48123321123",
    "fax": "+48345543345",
    "company": "Benhauer Sp. z o.o. Sp. K.",
    "externalId": null
  },
  "newEmail": "batchtestNew@benhauer.pl",
  "forceOptIn": true,
  "forceOptOut": false,
  "forcePhoneOptIn": true,
  "forcePhoneOptOut": false,
  "tags": ["API", "ADmanago"],
  "properties": {"custom.nickname": "Konri2", "custom.sex": "M"},
  "consentDetails": [
    {
      "consentName": "AGREEMENT",
      "consentAccept": true,
      "agreementDate": 1391167515515,
      "ip":"192.168.7.139",
      "optOut": false,
      "consentDescriptionId": 1
    }
  ],
  "birthday": "19801017",
  "province": "Małopolska"
}
""")
BATCH_OPTIONS = {"useApiDoubleOptIn": True, "lang": "PL", "fireEvents": False}
