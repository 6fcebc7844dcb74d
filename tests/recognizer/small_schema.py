"""A small API, of which one part after another is changed."""

from typing import Any

Json = dict[str, Any]
PATH = "/api/things/{id}/"
BODY = "application/json"


def make_schema() -> Json:
    """A small API: things that are read, and written."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "paths": {
            PATH: {
                "get": {
                    "operationId": "thing_get",
                    "security": [{"token": []}, {}],
                    "parameters": [
                        {"in": "path", "name": "id", "required": True, "schema": {}},
                        {
                            "in": "query",
                            "name": "size",
                            "schema": {"type": "integer", "minimum": 1, "maximum": 9},
                        },
                    ],
                    "responses": {
                        "200": {
                            "headers": {"ETag": {"schema": {"type": "string"}}},
                            "content": {
                                BODY: {
                                    "schema": {"$ref": "#/components/schemas/Thing"}
                                },
                                "text/csv": {"schema": {"type": "string"}},
                            },
                        },
                        "404": {"description": "No."},
                    },
                },
                "post": {
                    "operationId": "thing_change",
                    "security": [{"token": []}],
                    "requestBody": {
                        "content": {
                            BODY: {"schema": {"$ref": "#/components/schemas/Asked"}},
                            "multipart/form-data": {"schema": {"type": "object"}},
                        }
                    },
                    "responses": {"204": {"description": "Done."}},
                },
            }
        },
        "components": {
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            },
            "schemas": {
                "Word": {"type": "string", "enum": ["sure", "unsure"]},
                "Null": {"enum": [None]},
                "Thing": {
                    "type": "object",
                    "required": ["id", "text", "share", "word", "parts"],
                    "properties": {
                        "id": {"type": "string", "format": "uuid"},
                        "text": {"type": "string"},
                        "share": {"type": "number", "minimum": 0, "maximum": 1},
                        "note": {"type": "string", "nullable": True},
                        "word": {
                            "allOf": [{"$ref": "#/components/schemas/Word"}],
                            "description": "How.",
                        },
                        "maybe": {
                            "nullable": True,
                            "oneOf": [
                                {"$ref": "#/components/schemas/Word"},
                                {"$ref": "#/components/schemas/Null"},
                            ],
                        },
                        "parts": {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/Part"},
                        },
                        "counts": {
                            "type": "object",
                            "additionalProperties": {"type": "integer"},
                        },
                    },
                },
                "Part": {
                    "type": "object",
                    "required": ["label"],
                    "properties": {
                        "label": {"type": "string"},
                        "inner": {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/Part"},
                        },
                    },
                },
                "Asked": {
                    "type": "object",
                    "required": ["label"],
                    "properties": {
                        "label": {
                            "oneOf": [
                                {"type": "string", "enum": ["0", "1"]},
                                {"type": "integer", "minimum": 0, "maximum": 9},
                            ]
                        },
                        "reason": {
                            "type": "string",
                            "maxLength": 100,
                            "nullable": True,
                        },
                        "word": {"$ref": "#/components/schemas/Word"},
                        "many": {"type": "array", "items": {"type": "string"}},
                    },
                },
            },
        },
    }
