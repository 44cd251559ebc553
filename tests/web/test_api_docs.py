"""docs/api.md against the API's description: each address is one it has, each piece of JSON is as it says."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest

from articles.api import api
from tests.test_docs import read

Described = dict[str, Any]

OPENAPI: Described = json.loads(json.dumps(api.get_openapi_schema(path_prefix="")))
SCHEMAS: Described = OPENAPI["components"]["schemas"]
for schema in SCHEMAS.values():
    if schema.get("type") == "object":
        schema["additionalProperties"] = False  # a field that is no more must not live on in the documents
BLOCK = re.compile(r"^## ([^\n]+)$|^```(json)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, list[str], str]]:
    """(section, the addresses above, JSON) of each piece of JSON."""
    found, section, addresses = [], "", []
    for heading, is_json, text in BLOCK.findall(read("docs/api.md")):
        if heading:
            section, addresses = heading, []
        elif is_json:
            found.append((section, addresses, text))
        else:
            addresses = re.findall(r"^curl (.+)$", text, re.MULTILINE)
    return found


def operation(command: str) -> Described:
    """What the description has of the address that a curl command asks for."""
    [path] = re.findall(r"\$API(/[^\s?\"]+)", command)
    fitting = [
        described["get"]
        for template, described in OPENAPI["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    assert fitting, command
    return fitting[0]


def answers(described: Described) -> list[Described]:
    """The schema of an endpoint's answer, and of a list that of one item."""
    schema = described["responses"]["200"]["content"]["application/json"]["schema"]
    name = schema["$ref"].rpartition("/")[2] if "$ref" in schema else schema["title"]
    properties = (SCHEMAS.get(name) or schema)["properties"]
    return [schema, properties["items"]["items"]] if "next" in properties else [schema]


BLOCKS = blocks()


def test_there_is_an_example_of_each_answer():
    shown = {operation(command)["operationId"] for _, commands, _ in BLOCKS for command in commands}
    assert shown == {path["get"]["operationId"] for path in OPENAPI["paths"].values()}


@pytest.mark.parametrize(("section", "commands", "text"), BLOCKS, ids=[section for section, *_ in BLOCKS])
def test_each_piece_of_json_is_as_the_description_has_it(section: str, commands: list[str], text: str):
    example = json.loads(text)
    fitting = [schema for command in commands for schema in answers(operation(command))]
    if section == "A problem":
        fitting = [{"$ref": "#/components/schemas/Problem"}]
    complaints = []
    for schema in fitting:
        validator = jsonschema_rs.Draft202012Validator({**schema, "components": {"schemas": SCHEMAS}})
        complaints.append(
            [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(example)]
        )
    assert [] in complaints, complaints


@pytest.mark.parametrize("command", re.findall(r"^curl (.+)$", read("docs/api.md"), re.MULTILINE))
def test_each_parameter_that_is_shown_is_one_of_the_endpoint(command: str):
    of_address = re.findall(r"[?&](\w+)=", re.findall(r"\$API(\S+)", command)[0])
    given = of_address + re.findall(r"(?:-d|--data-urlencode) [\"']?(\w+)=", command)
    known = {one["name"] for one in operation(command)["parameters"] if one["in"] == "query"}
    assert set(given) <= known
