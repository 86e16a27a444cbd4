import type { FactField, FactValue, Reading } from './fact-type.js';
import { masked } from './text.js';

/** A reading as it is kept once it was judged: without the secret values that its texts give away. */
export const recorded = (reading: Reading): Reading =>
  reading.status === 'read' ? { ...reading, value: record(reading.value) } : reading;

const record = (value: FactValue): FactValue =>
  Object.fromEntries(Object.entries(value).map(([name, field]) => [name, kept(field)]));

const kept = (field: FactField): FactField => {
  if (typeof field === 'string') return masked(field);
  if (isTexts(field)) return field.map(masked);
  if (isRecords(field)) return field.map(record);
  return typeof field === 'object' ? record(field) : field;
};

const isTexts = (field: FactField): field is readonly string[] =>
  Array.isArray(field) && field.every((item) => typeof item === 'string');

const isRecords = (field: FactField): field is readonly FactValue[] =>
  Array.isArray(field) && field.every((item) => typeof item === 'object');
