#!/usr/bin/env python3
"""Holds the JSON Schema against every scenario and plan of the repository, which it must accept,
and against the broken files whose fault is one of form, which it must refuse.

usage: schema_test.py PROGRAM    a program that prints the schema; run in the repository
"""
import glob
import json
import re
import subprocess
import sys

try:
    import yaml
    from jsonschema import Draft202012Validator
except ImportError as missing:
    print(f"SKIPPED: {missing}; apt-get install python3-jsonschema python3-yaml")
    sys.exit(77)


class Yaml12(yaml.SafeLoader):
    """PyYAML reads YAML 1.1, where `on` is true. Editors read 1.2, where it is a word."""


Yaml12.yaml_implicit_resolvers = {}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
Yaml12.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(null|~|)$"), ["n", "~", ""])
Yaml12.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^-?[0-9]+$"), list("-0123456789"))
Yaml12.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789"))

# What the parser says of files that a schema can refuse as well.
OF_FORM = re.compile(
    r": (unknown (key|step|service|compensation|domain event|status|node|node or service) |"
    r"`.*` is (not allowed|missing|a list|a mapping|a single value|empty)|an entry of )")
# Of these, what is beyond a schema: names of a plan of one's own, text in a plan file elsewhere, and
# what only the value of another key decides.
BEYOND = {"plan-unknown-service", "plan-hold-unknown", "plan-reverses-unknown", "plan-when-no-flag",
          "plan-unknown", "plan-file-broken", "number-leading-zero"}


def main():
    schema = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True).stdout)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    failed = 0
    accepted = refused = 0

    def errors_of(path):
        with open(path, encoding="utf-8") as file:
            return list(validator.iter_errors(yaml.load(file, Yaml12)))

    for path in sorted(glob.glob("scenarios/**/*.yaml", recursive=True)):
        accepted += 1
        for error in errors_of(path):
            failed += 1
            print(f"{path}: refused at {list(error.absolute_path)}: {error.message[:200]}")

    for path in sorted(glob.glob("tests/broken/*.yaml")):
        name = path.split("/")[-1].removesuffix(".yaml")
        with open(path.removesuffix(".yaml") + ".expected", encoding="utf-8") as file:
            own = [line for line in file if line.startswith(path + ":")]
        if name.startswith("yaml-") or name in BEYOND or not any(map(OF_FORM.search, own)):
            continue
        refused += 1
        if not errors_of(path):
            failed += 1
            print(f"{path}: accepted, but {own[0].strip()}")

    print(f"{accepted} files to accept, {refused} to refuse, {failed} failures")
    return 1 if failed or accepted == 0 or refused < 20 else 0


sys.exit(main())
