#!/usr/bin/env python3
"""Holds the JSON Schema of the daemon's file against sound files, which it must accept, and against
broken ones whose fault is one of form, which it must refuse.

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

FOLDER = "tests/runtime/config"
# What the reader says of files that a schema can refuse as well.
OF_FORM = re.compile(
    r": (unknown key |an entry of |`.*` is (not allowed for|missing in|too long|out of bounds|a list|"
    r"a mapping|a single value|empty)|`.*` has \d+ entries)")
# Of these, what is beyond a schema: how long a duration is, and a file that another one names.
BEYOND = {"plan-broken", "retention-too-short"}


def main():
    schema = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True).stdout)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    failed = accepted = refused = 0

    def errors_of(path):
        with open(path, encoding="utf-8") as file:
            return list(validator.iter_errors(yaml.safe_load(file)))

    for path in sorted(glob.glob(f"{FOLDER}/files/*.yaml")):
        accepted += 1
        for error in errors_of(path):
            failed += 1
            print(f"{path}: refused at {list(error.absolute_path)}: {error.message[:200]}")

    for path in sorted(glob.glob(f"{FOLDER}/broken/*.yaml")):
        name = path.split("/")[-1].removesuffix(".yaml")
        with open(path.removesuffix(".yaml") + ".expected", encoding="utf-8") as file:
            said = [line for line in file if line.startswith(path + ":")]
        if name in BEYOND or not any(map(OF_FORM.search, said)):
            continue
        refused += 1
        if not errors_of(path):
            failed += 1
            print(f"{path}: accepted, but {said[0].strip()}")

    print(f"{accepted} files to accept, {refused} to refuse, {failed} failures")
    return 1 if failed or accepted == 0 or refused < 10 else 0


sys.exit(main())
