#!/usr/bin/env python3
"""Holds the exchanges that the tests have written down against docs/openapi.yaml, both ways:

- each exchange is documented: its route, query and headers, its status, content type, headers and problem code, and its
  body is as the schema says; a request that was taken has a body as the schema says;
- whatever is documented has happened: each route, parameter, status, content type and problem code, each member of
  each body, each value of each enum of a parameter, each security scheme;
- the examples are as their schemas say, and each component is used;
- each route of the table (runtime/server/routes.h) is there with its role, and each problem (runtime/http/problem.h),
  which docs/rest_api.md lists too.

usage: contract.py SOURCES FOLDER"""
import json
import pathlib
import re
import sys
import urllib.parse

import jsonschema
import yaml

METHODS = ('get', 'post', 'put', 'delete', 'patch', 'head', 'options')
ANY_REQUEST = 'any request'


class Contract:
    def __init__(self, document):
        self.document = document
        self.complaints = []
        self.used = set()  # pointers of components that something refers to
        self.owed = {}  # what is documented and has not happened: key -> sentence
        self.any_request = {(row['status'], row['code']) for row in document['x-any-request']}
        self.operations = {}
        for path, item in document['paths'].items():
            for method in METHODS:
                if method in item:
                    self.operations[method.upper(), path] = self.read_operation(path, item, method)
        for status, code in self.any_request:
            self.owe(ANY_REQUEST, status, code)

    def complain(self, where, what):
        self.complaints.append(f'{where}: {what}')

    def owe(self, *key):
        self.owed[key] = ' '.join(str(part) for part in key)

    def happened(self, *key):
        self.owed.pop(key, None)

    def resolve(self, node):
        while isinstance(node, dict) and '$ref' in node:
            pointer = node['$ref']
            self.used.add(pointer)
            node = self.document
            for part in pointer.removeprefix('#/').split('/'):
                node = node[part]
        return node

    def read_operation(self, path, item, method):
        operation = item[method]
        name = f'{method.upper()} {path}'
        parameters = [self.resolve(p) for p in item.get('parameters', []) + operation.get('parameters', [])]
        for parameter in parameters:
            self.owe(name, parameter['in'], parameter['name'])
            for value in self.resolve(parameter['schema']).get('enum', []):
                self.owe(name, parameter['in'], parameter['name'], value)
        responses = {int(status): self.resolve(r) for status, r in operation['responses'].items()}
        for status, response in responses.items():
            for content, media in response.get('content', {None: {}}).items():
                for code in self.codes(media):
                    self.owe(name, status, content, code)
        for scheme in operation.get('security', self.document['security']):
            for scheme_name in scheme:
                self.owe(name, 'security', scheme_name)
        return {'name': name, 'parameters': parameters, 'responses': responses,
                'body': self.resolve(operation.get('requestBody', {})).get('content', {}),
                'security': operation.get('security', self.document['security'])}

    def codes(self, media):
        """The problem codes of a response; None for what is no problem."""
        for part in media.get('schema', {}).get('allOf', []):
            if 'enum' in part.get('properties', {}).get('code', {}):
                return part['properties']['code']['enum']
        return [None]

    def operation_of(self, method, path):
        method = 'GET' if method == 'HEAD' else method
        for (documented, template), operation in self.operations.items():
            pattern = re.sub(r'\\{[a-z]+\\}', '[^/]+', re.escape(template))
            if documented == method and re.fullmatch(pattern, path):
                return operation
        return None

    def validate(self, where, schema, value):
        whole = {**schema, 'components': self.document['components']}
        validator = jsonschema.Draft202012Validator(whole)
        for error in validator.iter_errors(value):
            self.complain(where, f'{error.json_path}: {error.message[:300]}')

    # One exchange.

    def check(self, exchange):
        url = urllib.parse.urlsplit(exchange['target'])
        where = f"{exchange['method']} {exchange['target']} {exchange['status']}"
        head = headers_of(exchange['reply_head'])
        content = head.get('content-type', '').split(';')[0] or None
        body = body_of(exchange['reply_body'], content)
        code = body.get('code') if content == 'application/problem+json' else None
        operation = self.operation_of(exchange['method'], url.path)
        key = (exchange['status'], code)
        response = operation['responses'].get(exchange['status']) if operation else None
        media = (response or {}).get('content', {None: {}}).get(content)
        is_head = exchange['method'] == 'HEAD'
        if is_head and response is not None:
            return
        if media is not None and code in self.codes(media):
            self.happened(operation['name'], exchange['status'], content, code)
            self.check_response(where, operation, response, media, head, body)
            if exchange['status'] < 400:
                self.check_request(where, operation, exchange, url)
        elif key in self.any_request:
            self.happened(ANY_REQUEST, *key)
            self.check_problem_headers(where, exchange['status'], head)
            self.validate(where, {'$ref': '#/components/schemas/Problem'}, body)
        else:
            self.complain(where, f'{content} {code or ""} is not documented')
        if code is not None and body['status'] != exchange['status']:
            self.complain(where, f"says that it is {body['status']}")

    def check_problem_headers(self, where, status, head):
        for wanted, name in ((503, 'retry-after'), (401, 'www-authenticate'), (405, 'allow')):
            if status == wanted and name not in head:
                self.complain(where, f'without {name}')

    def check_response(self, where, operation, response, media, head, body):
        for name, header in response.get('headers', {}).items():
            header = self.resolve(header)
            if name.lower() in head:
                self.happened(operation['name'], 'header', name)
                self.validate(f'{where} {name}', header['schema'], head[name.lower()])
            elif header.get('required', False):
                self.complain(where, f'without {name}')
        for name in ('location', 'etag', 'allow', 'retry-after', 'www-authenticate'):
            if name in head and name not in {known.lower() for known in response.get('headers', {})}:
                self.complain(where, f'{name} is not documented')
        if 'schema' in media:
            self.validate(where, media['schema'], body)

    def check_request(self, where, operation, exchange, url):
        sent = {('query', name): value for name, value in urllib.parse.parse_qsl(url.query, True)}
        asked = headers_of('\r\n' + exchange['headers'])
        known = {(p['in'], p['name'].lower()): p for p in operation['parameters']}
        for key in sent:
            if key not in known:
                self.complain(where, f'{key} is not documented')
        for (place, name), parameter in known.items():
            value = sent.get((place, name)) if place == 'query' else asked.get(name)
            value = 'in the path' if place == 'path' else value
            if value is not None:
                self.happened(operation['name'], place, parameter['name'])
                self.happened(operation['name'], place, parameter['name'], value)
        for scheme, header in (('bearer', 'authorization'), ('signature', 'backstep-signature')):
            if header in asked:
                self.happened(operation['name'], 'security', scheme)
        if exchange['body'] is not None:
            content = asked.get('content-type', '').split(';')[0].lower()
            if content not in operation['body']:
                self.complain(where, f'a body of {content} is not documented')
            else:
                self.validate(f'{where}, its request', operation['body'][content]['schema'],
                              json.loads(exchange['body']))

    # The document itself.

    def check_examples(self):
        def walk(node, where):
            if isinstance(node, list):
                for i, child in enumerate(node):
                    walk(child, f'{where}/{i}')
            if not isinstance(node, dict):
                return
            if '$ref' in node:
                self.used.add(node['$ref'])
            if 'schema' in node:
                if 'example' in node:
                    self.validate(f'{where}/example', node['schema'], node['example'])
                for name, example in node.get('examples', {}).items():
                    self.validate(f'{where}/examples/{name}', node['schema'], self.resolve(example)['value'])
            for name, child in node.items():
                walk(child, f'{where}/{name}')
        walk(self.document, '#')
        for kind, things in self.document['components'].items():
            for name in things:
                if kind != 'securitySchemes' and f'#/components/{kind}/{name}' not in self.used:
                    self.complain(f'#/components/{kind}/{name}', 'nothing refers to it')

    def check_routes(self, table):
        rows = re.findall(r'X\(ROUTE_\w+, "(\w+)", "([^"]+)",\s*ACCESS_(\w+)', table.replace('\\\n', ''))
        for method, path, role in rows:
            operation = self.document['paths'].get(path, {}).get(method.lower())
            where = f'{method} {path}'
            if operation is None:
                self.complain(where, 'is a route that is not documented')
            elif role == 'NOBODY' and operation.get('security') != []:
                self.complain(where, 'asks for no token: security is []')
            elif role != 'NOBODY' and f'Role: {role.lower()}' not in operation.get('description', ''):
                self.complain(where, f'the description does not say `Role: {role.lower()}`')
        for method, path in self.operations.keys() - {(method, path) for method, path, _ in rows}:
            self.complain(f'{method} {path}', 'is documented and no route')

    def check_problems(self, table, guide):
        documented = {code for _, code in self.any_request}
        for operation in self.operations.values():
            for response in operation['responses'].values():
                for media in response.get('content', {}).values():
                    documented.update(self.codes(media))
        problems = set(re.findall(r'X\(PROBLEM_\w+, (\d+), "(\w+)"', table))
        for status, code in problems:
            if code not in documented:
                self.complain(f'{status} {code}', 'is a problem that is not documented')
        for status, code in problems ^ set(re.findall(r'^\| (\d+) \| `(\w+)` \|', guide, re.MULTILINE)):
            self.complain(f'{status} {code}', 'is in one of runtime/http/problem.h and docs/rest_api.md only')

    def check_members(self, bodies):
        """Each member of each schema was in some body."""
        seen = set()
        def walk(schema, value):
            if '$ref' in schema:
                seen_in, schema = schema['$ref'], self.resolve(schema)
                if isinstance(value, dict):
                    seen.update((seen_in, name) for name in value)
            for part in schema.get('allOf', []) + schema.get('oneOf', []):
                walk(part, value)
            if isinstance(value, dict):
                for name, child in schema.get('properties', {}).items():
                    if name in value and isinstance(child, dict):
                        walk(child, value[name])
            if isinstance(value, list) and 'items' in schema:
                for child in value:
                    walk(schema['items'], child)
        for schema, value in bodies:
            walk(schema, value)
        for name, schema in self.document['components']['schemas'].items():
            for member in schema.get('properties', {}):
                if (f'#/components/schemas/{name}', member) not in seen:
                    self.complain(f'#/components/schemas/{name}', f'no body had `{member}`')

    def bodies(self, exchanges):
        """Each JSON body that was sent or received where one is documented, with its schema."""
        for exchange in exchanges:
            path = urllib.parse.urlsplit(exchange['target']).path
            operation = self.operation_of(exchange['method'], path)
            if operation is None:
                continue
            content = headers_of(exchange['reply_head']).get('content-type', '').split(';')[0]
            response = operation['responses'].get(exchange['status'], {})
            media = response.get('content', {}).get(content, {})
            if 'json' in content and 'schema' in media and exchange['reply_body']:
                yield media['schema'], json.loads(exchange['reply_body'])
            if exchange['status'] < 400 and exchange['body'] is not None:
                sent = headers_of('\r\n' + exchange['headers']).get('content-type', '').split(';')[0].lower()
                yield operation['body'][sent]['schema'], json.loads(exchange['body'])


def headers_of(head):
    lines = (head or '').split('\r\n')[1:]
    return {name.strip().lower(): value.strip() for name, _, value in (l.partition(':') for l in lines) if name}


def body_of(text, content):
    if content is not None and content.endswith('json') and text:
        return json.loads(text)
    return text if text is not None else {}


def main():
    sources = pathlib.Path(sys.argv[1])
    contract = Contract(yaml.safe_load((sources / 'docs/openapi.yaml').read_text()))
    exchanges = [json.loads(line) for file in sorted(pathlib.Path(sys.argv[2]).glob('*.jsonl'))
                 for line in file.read_text().splitlines()]
    for exchange in exchanges:
        contract.check(exchange)
    contract.check_members(contract.bodies(exchanges))
    contract.check_examples()
    contract.check_routes((sources / 'runtime/server/routes.h').read_text())
    contract.check_problems((sources / 'runtime/http/problem.h').read_text(),
                            (sources / 'docs/rest_api.md').read_text())
    for what in contract.owed.values():
        contract.complain('documented, but it never happened', what)
    for complaint in dict.fromkeys(contract.complaints):
        print(complaint)
    print(f'{len(exchanges)} exchanges, {len(contract.operations)} routes, {len(set(contract.complaints))} complaints')
    sys.exit(1 if contract.complaints or not exchanges else 0)


if __name__ == '__main__':
    main()
