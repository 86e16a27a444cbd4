"""Calls the local AWS by botocore and holds every raw answer against botocore's own model of the service.

Arguments: ENDPOINT KEY SECRET REGION. On standard input a JSON list of [service, operation, parameters]; a parameter
"$COMMAND" stands for the last command's ID. Prints a JSON list: for each call the names of the members that were answered,
and what the model says against them (unknown members, wrong types, values outside of enumerations, lengths and patterns).
"""
import json
import re
import sys
import time
import xml.etree.ElementTree as tree

import botocore.session
from botocore.config import Config
from botocore.validate import ParamValidator

ENDPOINT, KEY, SECRET, REGION = sys.argv[1:5]


def bounds(value, shape, place, out):
    """What ParamValidator does not look at: enumerations, upper bounds, patterns."""
    if shape.type_name == 'structure':
        for name, member in value.items():
            if name in shape.members:
                bounds(member, shape.members[name], f'{place}.{name}', out)
    elif shape.type_name == 'list':
        for number, member in enumerate(value):
            bounds(member, shape.member, f'{place}[{number}]', out)
    elif shape.type_name == 'string' and value != '':
        metadata = shape.metadata
        if shape.enum and value not in shape.enum:
            out.append(f'{place}: {value} is not one of {shape.enum}')
        if len(value) > metadata.get('max', len(value)):
            out.append(f'{place}: longer than {metadata["max"]}')
        pattern = metadata.get('pattern', '')
        if pattern and '\\p{' not in pattern and not re.search(pattern, value):
            out.append(f'{place}: {value[:60]} does not match {pattern}')


def elements(node, shape, place, out):
    """An EC2 answer: every element has a place in the model, and text where text belongs."""
    if shape.type_name == 'structure':
        known = {m.serialization.get('name', n): m for n, m in shape.members.items()}
        for child in node:
            name = child.tag.split('}')[-1]
            if name in known:
                elements(child, known[name], f'{place}.{name}', out)
            elif name not in ('requestId', 'nextToken'):
                out.append(f'{place}.{name}: not in the model')
    elif shape.type_name == 'list':
        for child in node:
            if child.tag.split('}')[-1] != 'item':
                out.append(f'{place}: {child.tag} in a list')
            elements(child, shape.member, f'{place}[]', out)
    elif len(node) > 0:
        out.append(f'{place}: elements where text belongs')
    elif shape.type_name == 'string':
        bounds(node.text or '', shape, place, out)


def main():
    session = botocore.session.get_session()
    clients = {}
    command = None
    results = []
    for service, operation, parameters in json.load(sys.stdin):
        if service not in clients:
            clients[service] = session.create_client(
                service, region_name=REGION, endpoint_url=ENDPOINT, aws_access_key_id=KEY,
                aws_secret_access_key=SECRET, config=Config(retries={'max_attempts': 0}))
        client = clients[service]
        model = client.meta.service_model.operation_model(operation)
        raw = []
        client.meta.events.register('after-call', lambda http_response, **_: raw.append(http_response.content))
        method = re.sub(r'(?<!^)(?=[A-Z])', '_', operation).lower()
        given = json.loads(json.dumps(parameters).replace('$COMMAND', command or ''))
        answer = getattr(client, method)(**given)
        for _ in range(500):
            moving = json.dumps([i.get('Status') for i in answer.get('CommandInvocations', [answer])])
            if not re.search('Pending|InProgress|Delayed|Cancelling', moving):
                break
            time.sleep(0.02)
            answer = getattr(client, method)(**given)
        wrong = []
        if service == 'ssm':
            body = json.loads(raw[-1])
            command = body.get('Command', {}).get('CommandId', command)
            report = ParamValidator().validate(body, model.output_shape)
            if report.has_errors():
                wrong.append(report.generate_report())
            bounds(body, model.output_shape, operation, wrong)
        else:
            elements(tree.fromstring(raw[-1]), model.output_shape, operation, wrong)
        told = sorted(k for k in answer if k != 'ResponseMetadata')
        results.append({'call': operation, 'members': told, 'wrong': wrong})
    json.dump(results, sys.stdout)


main()
