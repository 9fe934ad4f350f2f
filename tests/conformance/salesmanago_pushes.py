"""SALESmanago's mobile pushes."""

from __future__ import annotations

from batchline.testing.conformance import Answer, Case

_TAKEN = [Answer("the documented answer", "delivered", {"success": True, "message": []})]
_PROPERTIES = {
    "discount": "20%",
    "product_rec": "Turtleneck sweater",
    "product_rec_slug": "sweaters/turtleneck_sweater",
}
_CUSTOM = {
    "title": {"personalized": False, "text": "Act now and save big 💰"},
    "content": {
        "personalized": True,
        "text": "Claim your ${discount:extra} discount now. "
        "${product_rec:Your product} is still waiting for you!",
    },
    "deeplink": {"personalized": True, "text": "myapp://shop/product/${product_rec_slug}"},
    "properties": _PROPERTIES,
    "imageUrl": "https://example.com/media/mobile_app/notification.png",
    "soundName": "reminder_chime",
    "sendToAllDevices": "false",
}
_SHORT = {
    "applicationId": "my_example_app",
    "title": "Hello",
    "content": "New things",
    "deeplink": "myapp://new",
    "imageUrl": "https://shop.example/new.png",
}
_EXISTING = {"pushId": "a1b2-...-c3d4", "applicationId": "my_example_app"}
_MANY = [
    {
        "addresseeType": "EMAIL",
        "value": "name1@example.com, name2@example.com, name3@example.com",
    },
    {"addresseeType": "TAG", "value": "FEMALE_CLOTHING"},
]

SEND = Case(
    operation="push.send",
    data={**_EXISTING, "email": "ann@shop.example"},
    varied={"email": "ann{n}@shop.example"},
    calls={1: 1, 200: 1, 201: 2},
    sample=[
        {
            **_EXISTING,
            "email": "name@example.com",
            "properties": {"t_shirt_size": "XL", "gender": "Male"},
            "sendToAllDevices": "false",
        }
    ],
    answers=_TAKEN,
    refused=[
        ({"userId": "7"}, "give exactly one"),
        ({"properties": {str(n): "x" for n in range(17)}}, "at most 16"),
        ({"applicationId": "x" * 256}, "at most 255"),
    ],
)

SEND_CUSTOM = Case(
    operation="push.send_custom",
    data={**_SHORT, "email": "ann@shop.example"},
    varied={"email": "ann{n}@shop.example"},
    calls={1: 1, 200: 1, 201: 2},
    sample=[{**_EXISTING, **_CUSTOM, "email": "name@example.com"}],
    answers=_TAKEN,
    refused=[
        ({"title": "x" * 256}, "a title may have at most 255"),
        ({"content": "x" * 2049}, "at most 2048"),
        ({"content": "x" * 2048, "imageUrl": "y" * 2048}, "at most 4,096"),
    ],
)

SEND_MASS = Case(
    operation="push.send_mass",
    data={**_EXISTING, "contacts": [{"addresseeType": "TAG", "value": "VIP"}]},
    varied={"contacts.0.value": "VIP_{n}"},
    calls={1: 1, 3: 3},
    sample=[
        {
            **_EXISTING,
            "date": "1659938887999",
            "contacts": _MANY,
            "properties": {"discount": "20%", "product_rec": "Turtleneck sweater"},
            "sendToAllDevices": "false",
        }
    ],
    answers=_TAKEN,
    refused=[
        ({"contacts": []}, "contacts: List should have at least 1"),
        ({"contacts": [{"addresseeType": "EMAIL", "value": "nobody"}]}, "an e-mail address"),
        ({"contacts": [{"addresseeType": "TAG", "value": "x" * 256}]}, "at most 255"),
    ],
)

SEND_MASS_CUSTOM = Case(
    operation="push.send_mass_custom",
    data={**_SHORT, "contacts": [{"addresseeType": "TAG", "value": "VIP"}]},
    varied={"contacts.0.value": "VIP_{n}"},
    calls={1: 1, 3: 3},
    sample=[{**_CUSTOM, "applicationId": "my_example_app", "date": "1659938887999"}],
    answers=_TAKEN,
    refused=[
        ({"content": None}, "content: Field required"),
        ({"imageUrl": None}, "imageUrl: Field required"),
        ({"title": "x" * 256}, "a title may have at most 255"),
    ],
)

CASES = [SEND, SEND_CUSTOM, SEND_MASS, SEND_MASS_CUSTOM]
