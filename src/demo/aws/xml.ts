/** XML text that is put together of its parts, and escaped in one place. */
export type Xml = string;

/** `<name>…</name>` around text, or around other elements. */
export const element = (name: string, content: string | number | readonly Xml[]): Xml =>
  `<${name}>${typeof content === 'object' ? content.join('') : escaped(String(content))}</${name}>`;

/** A list as EC2's protocol has it: one `<item>` for each. */
export const list = (name: string, items: readonly (readonly Xml[])[]): Xml =>
  element(
    name,
    items.map((item) => element('item', item)),
  );

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"'\r]|[^\P{Cc}\t\n]/gu, (c) => ESCAPES[c] ?? (c === '\r' ? '&#13;' : '\uFFFD'));

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
