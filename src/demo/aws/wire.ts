import type { RandomHex } from '../../engine/ports.js';
import type { AwsError } from './reply.js';
import type { S3Object } from './s3.js';
import { element, type Xml } from './xml.js';

/** An answer as it goes over HTTP. */
export interface Wire {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const JSON_TYPE = 'application/x-amz-json-1.1';
const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n';

export const jsonAnswer = (value: object, random: RandomHex): Wire => ({
  status: 200,
  headers: { 'content-type': JSON_TYPE, 'x-amzn-requestid': random(16) },
  body: JSON.stringify(value),
});

export const xmlAnswer = (operation: string, content: Xml, random: RandomHex): Wire => ({
  status: 200,
  headers: { 'content-type': 'text/xml;charset=UTF-8' },
  body: `${PROLOGUE}<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${element('requestId', random(16))}${content}</${operation}Response>`,
});

export const objectAnswer = (method: string, { body, size }: S3Object): Wire => ({
  status: method === 'DELETE' ? 204 : 200,
  headers: {
    'content-type': 'binary/octet-stream',
    ...(method === 'DELETE' ? {} : { 'content-length': String(size) }),
  },
  body: method === 'GET' ? body : '',
});

/** An error in the protocol of its service: AWS JSON 1.1, EC2's query protocol, or S3's. */
export const errorAnswer = (service: string, { code, message, status = 400 }: AwsError, random: RandomHex): Wire => {
  if (service === 'ec2') {
    const error = element('Error', [element('Code', code), element('Message', message)]);
    const body = element('Response', [element('Errors', [error]), element('RequestID', random(16))]);
    return { status, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body: PROLOGUE + body };
  }
  if (service === 's3') {
    const body = element('Error', [
      element('Code', code),
      element('Message', message),
      element('RequestId', random(8)),
    ]);
    return { status, headers: { 'content-type': 'application/xml' }, body: PROLOGUE + body };
  }
  return {
    status,
    headers: { 'content-type': JSON_TYPE, 'x-amzn-requestid': random(16) },
    body: JSON.stringify({ __type: code, ...(message === '' ? {} : { message }) }),
  };
};
