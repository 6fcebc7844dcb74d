"""What the schema shows as answers."""

from typing import Any

EXAMPLE_PROBABILITIES = [0.0001, 0.0, 0.0004, 0.0002, 0.0, 0.0, 0.0, 0.998, 0.0, 0.0013]
EXAMPLE_ID = "5f0c5c3e-3c0d-4a50-9d0e-0f5a3b6f9a51"
EXAMPLE_URL = f"https://digits.example/api/predictions/{EXAMPLE_ID}/"
EXAMPLE_PREVIEW: dict[str, Any] = {
    "id": None,
    "outcome": "sure",
    "digit": 7,
    "text": "7",
    "confidence": 0.998,
    "probabilities": EXAMPLE_PROBABILITIES,
    "not_a_digit": 0.0,
    "digits": [
        {
            "id": None,
            "position": 0,
            "digit": 7,
            "confidence": 0.998,
            "probabilities": EXAMPLE_PROBABILITIES,
            "not_a_digit": 0.0,
            "box": {"left": 92, "top": 60, "width": 88, "height": 140},
            "glyph": "data:image/png;base64,iVBORw0KGgo...",
            "label": None,
            "review": "unreviewed",
        }
    ],
    "model_version": 1,
    "preprocessing_version": 1,
    "source": "api",
    "image": {"width": 280, "height": 280},
    "took_ms": 1.9,
    "created_at": None,
    "links": {},
}
EXAMPLE_DIGIT = EXAMPLE_PREVIEW["digits"][0] | {"id": 42}
EXAMPLE_LABELLED = EXAMPLE_DIGIT | {"label": "1", "review": "proposed"}
EXAMPLE_STORED = EXAMPLE_PREVIEW | {
    "id": EXAMPLE_ID,
    "digits": [EXAMPLE_DIGIT],
    "created_at": "2026-11-20T12:00:00Z",
    "links": {
        "self": EXAMPLE_URL,
        "page": f"https://digits.example/predictions/{EXAMPLE_ID}/",
        "image": f"{EXAMPLE_URL}image/",
        "explanation": f"{EXAMPLE_URL}explanation/",
    },
}
EXAMPLE_MANY = {
    "results": [
        {"prediction": EXAMPLE_STORED, "error": None},
        {
            "prediction": None,
            "error": {
                "code": "unreadable_image",
                "message": "This file is damaged or is no picture.",
            },
        },
    ]
}
EXAMPLE_REVIEW = {
    "digit": EXAMPLE_DIGIT,
    "prediction": EXAMPLE_ID,
    "image": "https://digits.example/api/digits/42/image/",
    "expires_at": "2026-11-20T12:10:00Z",
    "is_random": False,
}
