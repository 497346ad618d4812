"""The JSON schema of profiles, for editors."""

import json

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind

from config.profiles.schema import Profile

FILE = "profile.schema.json"


class _Quiet(GenerateJsonSchema):
    # An exact fraction as a default has no JSON; the key's description says it.
    ignored_warning_kinds: set[JsonSchemaWarningKind] = {  # noqa: RUF012 it is pydantic's own
        "skipped-choice",
        "non-serializable-default",
    }


def schema_text() -> str:
    """Return the JSON schema of a profile."""
    schema = Profile.model_json_schema(schema_generator=_Quiet)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"
