import { labelName, labelValue } from '../../core/label.js';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** The tag that AWS itself puts on members of an Auto Scaling group. */
export const SCALING_GROUP = 'aws:autoscaling:groupName';

/** Labels that say what AWS itself knows: where a host is, at which address it answers, what replaces it. */
const OWN: ReadonlySet<string> = new Set(['region', 'address', 'asg']);

/**
 * Tags as labels. A character that labels do not have becomes `_`. A tag that is empty or too long, and one of two that
 * would be the same label, is no label; `tell` hears of each tag that is not taken over as it is. `renamed` gives tags
 * other names. AWS's own tags are left out, but for the Auto Scaling group: the label `asg`. A tag is not taken for what
 * AWS itself says of a host (`region`, `address`, `asg`), unless `renamed` says so.
 */
export const labelsOf = (
  tags: readonly Tag[],
  renamed: Readonly<Record<string, string>>,
  tell: (note: string) => void,
): Readonly<Record<string, string>> => {
  const labels = new Map<string, string>();
  const from = new Map<string, string>();
  for (const { Key: key, Value: value } of [...tags].sort((a, b) => (a.Key < b.Key ? -1 : 1))) {
    if (key.startsWith('aws:') || (key === 'Name' && !Object.hasOwn(renamed, 'Name'))) continue;
    const name = (Object.hasOwn(renamed, key) ? (renamed[key] ?? key) : key).replace(/[^A-Za-z0-9_.:/-]/g, '_');
    const text = value.replace(/[^A-Za-z0-9_.:/=*,@![\]-]/g, '_');
    if (OWN.has(name) && !Object.hasOwn(renamed, key)) {
      tell(`The tag ${key} is no label: ${name} is what AWS itself says.`);
      continue;
    }
    const twin = from.get(name);
    if (twin !== undefined) {
      labels.delete(name);
      tell(`The tags ${twin} and ${key} would both be the label ${name}: neither is.`);
    } else if (!labelName.safeParse(name).success) {
      tell(`The tag ${key.slice(0, 60)}… is no label: its name is too long.`);
    } else if (!labelValue.safeParse(text).success) {
      tell(`The tag ${key} is no label where it is ${text === '' ? 'empty' : 'longer than 100 characters'}.`);
    } else {
      labels.set(name, text);
      if (text !== value) tell(`The tag ${key} has characters that labels do not have; they are written as _.`);
    }
    from.set(name, key);
  }
  const group = tags.find(({ Key }) => Key === SCALING_GROUP)?.Value.replace(/[^A-Za-z0-9_.:/=*,@![\]-]/g, '_');
  if (group !== undefined && labelValue.safeParse(group).success) labels.set('asg', group);
  return Object.fromEntries(labels);
};
