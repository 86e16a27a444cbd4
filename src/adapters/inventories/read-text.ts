import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';

const MAX_BYTES = 4_000_000;

/** A file's text, or why it cannot be had and what to do. */
export const readText = async (path: string): Promise<string | { readonly why: string; readonly next: string }> => {
  try {
    const about = await stat(path);
    if (about.isDirectory())
      return { why: 'it is a directory', next: 'Name each file of it as an inventory of its own.' };
    if (about.size > MAX_BYTES) return { why: 'it is larger than 4 MB', next: 'Name a smaller file.' };
    const text = await readFile(path, 'utf8');
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (text.startsWith('#!') && executable)
      return { why: 'it is a program', next: `Let it be run: \`command: [${path}, --list]\`.` };
    return text;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return code === 'ENOENT'
      ? { why: 'it is not there', next: 'Mend the path in runbolt.yaml; it is relative to that file.' }
      : { why: code, next: 'Let Runbolt read it.' };
  }
};
