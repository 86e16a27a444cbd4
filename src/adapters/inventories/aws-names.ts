import { SCALING_GROUP, type Tag } from './aws-labels.js';

interface Named {
  readonly InstanceId: string;
  readonly Tags: readonly Tag[];
}

/**
 * What each instance is called: its tag Name, made a host name, or its ID. Members of an Auto Scaling group are all named
 * alike, so they always have their ID too, as do others whose name is not their own.
 */
export const namesOf = (instances: readonly Named[], by: 'tag' | 'id'): ReadonlyMap<string, string> => {
  const written = instances.map((one) => ({ id: one.InstanceId, name: by === 'id' ? '' : hostNameOf(one.Tags), one }));
  const count = new Map<string, number>();
  for (const { name } of written) count.set(name, (count.get(name) ?? 0) + 1);
  return new Map(
    written.map(({ id, name, one }) => {
      const shared = (count.get(name) ?? 0) > 1 || one.Tags.some(({ Key }) => Key === SCALING_GROUP);
      return [id, name === '' ? id : shared ? `${name}-${id}` : name];
    }),
  );
};

const hostNameOf = (tags: readonly Tag[]): string =>
  (tags.find(({ Key }) => Key === 'Name')?.Value ?? '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
    .slice(0, 200);
