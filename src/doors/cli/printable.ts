/**
 * Text as it may be written to a terminal: every control and format character but the line feed is spelt out (`\u001b`),
 * so that no name or word out of Slack, a file or a host can act on the terminal. Inside JSON that means the same.
 */
export const printable = (text: string): string =>
  text.replace(/[^\P{C}\n]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
