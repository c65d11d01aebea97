"""Reads schemas as a GraphQL server does; the queries, which every server adds, are added here."""

import sys

from graphql import build_schema, validate_schema

failures = 0
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        errors = validate_schema(build_schema(text + "\ntype Query { isThere: Boolean }\n"))
    except Exception as error:  # A syntax error, or a rule of the specification that is broken.
        errors = [error]
    for error in errors:
        failures += 1
        print(f"{path}: {error}")
print(f"{len(sys.argv) - 1} schemas, {failures} mistakes")
sys.exit(failures > 0 or len(sys.argv) < 50)
