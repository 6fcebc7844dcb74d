"""What an answer must look like."""

from rest_framework import serializers


def assert_same_fields(serializer, data):
    """The serializer declares what is there, all the way down."""
    required = {name for name, field in serializer.fields.items() if field.required}
    assert required <= set(data) <= set(serializer.fields)
    for name, value in data.items():
        field = serializer.fields[name]
        if value is None and field.allow_null:
            continue
        if isinstance(field, serializers.ListSerializer):
            for entry in value:
                assert_same_fields(field.child, entry)
        elif isinstance(field, serializers.Serializer):
            assert_same_fields(field, value)
