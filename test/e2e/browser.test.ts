import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { slackClient } from '../../src/demo/slack/client.js';
import { renderThread } from '../../src/demo/slack/render.js';
import { Bot } from '../rig/bot/bot.js';
import { freePort } from '../rig/servers/free-port.js';

const CHROMIUM = '/usr/bin/chromium';
/** What stands above a message's text: the channel's name, and who said it when. */
const HEAD_PX = 80;
const able = namespaceMode(thisMachine());
const lacking = able.ok ? (existsSync(CHROMIUM) ? '' : `no ${CHROMIUM}`) : able.fault.message;
const why = lacking ? ` (skipped: ${lacking})` : '';
/** Where pictures and the thread as text are kept, and above it the README that shows them; `npm run docs` sets it. */
const { DOCS_DIRECTORY } = process.env;

describe.skipIf(lacking !== '')(`the main job in a browser${why}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'runbolt-browser-'));
  const pictures = join(DOCS_DIRECTORY ?? directory, 'screenshots');
  const elsewhere: string[] = [];
  let url: string;
  let demo: Bot | undefined;
  let browser: Browser | undefined;
  let page: Page;

  const button = (name: string) => page.getByRole('button', { name, exact: true }).last();
  const actAs = (name: string) => page.locator('label.actas select').last().selectOption({ label: name });
  const words = () => page.locator('.blocks').allInnerTexts();

  /** Makes the window as high as the findings of the channel, which ends below: their headline is not cut. */
  const showWhole = async (): Promise<void> => {
    const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
    const hidden = HEAD_PX - (await belowTop());
    if (hidden <= 0) return;
    await page.setViewportSize({ width, height: Math.ceil(height + hidden) });
    await expect.poll(belowTop).toBeGreaterThanOrEqual(HEAD_PX - 1);
    const replies = page.locator('.thread-body .blocks');
    if ((await replies.count()) > 0) await replies.last().scrollIntoViewIfNeeded();
  };
  const belowTop = async (): Promise<number> => {
    const [pane, findings] = [page.locator('.main'), page.locator('.blocks').first()];
    const [top, box] = [await pane.boundingBox(), await findings.boundingBox()];
    return (box?.y ?? 0) - (top?.y ?? 0);
  };

  /** The conversation alone, without the local Slack's own frame and fields. */
  const picture = async (name: string): Promise<string> => {
    const path = join(pictures, `${name}.png`);
    await showWhole();
    const left = await page.locator('.main').boundingBox();
    const field = await page.locator('.composer').first().boundingBox();
    const { width } = page.viewportSize() ?? { width: 0 };
    if (!left || !field) throw new Error('the page has no conversation');
    const clip = { x: left.x, y: left.y, width: width - left.x, height: field.y - left.y - 8 };
    await page.screenshot({ path, clip });
    return path;
  };

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    const port = await freePort();
    url = `http://localhost:${port}/`;
    demo = await Bot.start(['demo', '--port', String(port)], { env: { TMPDIR: directory } });
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    page = await browser.newPage({ viewport: { width: 1440, height: 1040 }, timezoneId: 'UTC' });
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) elsewhere.push(request.url());
    });
    await page.goto(url);
    await page.locator('.sidebar-item', { hasText: 'ops' }).click();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await demo?.end('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  });

  it('ana types the command and reads what is wrong', async () => {
    await actAs('Ana (on call)');
    await page.locator('textarea.composer-input').first().fill('/tcp verify web-*');
    await page.keyboard.press('Enter');
    await button('Plan the fix').waitFor({ timeout: 60_000 });
    const [said = ''] = await words();
    expect(said).toContain('tcp verify · web-* · 12 of 14 hosts reached · asked by @ana');
    expect(said).toMatch(/✗ 5 hosts {1,2}web-\[1-2,4-6\]/);
    expect(said).toMatch(/✓ 3 hosts {1,2}web-\[10-12\]/);
    expect(statSync(await picture('verify')).size).toBeGreaterThan(20_000);
  });

  it('ana asks for the plan, which names every file and cannot be approved by her', async () => {
    await button('Plan the fix').click();
    await page.locator('.thread-summary-count').click({ timeout: 60_000 });
    const handle = await page.locator('.thread-resize-handle').boundingBox();
    await page.mouse.move((handle?.x ?? 0) + 1, 300);
    await page.mouse.down();
    await page.mouse.move((handle?.x ?? 0) - 230, 300, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(0, 0);
    await button('Approve').waitFor({ timeout: 60_000 });
    const plan = page.locator('.thread-body .blocks', { hasText: 'plan ' }).last();
    expect(await plan.textContent()).toContain('edits /etc/rc.local:3: echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse → ');
    expect(await plan.textContent()).toMatch(/needs one of @Bo \(approver\), not @ana · expires \d\d:\d\d UTC/);
    await picture('plan');
    await button('Approve').click();
    await page.getByText('Who asked for a change cannot approve it.').waitFor();
    expect(await button('Approve').isVisible()).toBe(true);
  });

  it('bo approves, and the thread ends with the proof', async () => {
    await actAs('Bo (approver)');
    await button('Approve').click();
    await button('Revert').waitFor({ timeout: 60_000 });
    const result = await page.locator('.thread-body .blocks').last().textContent();
    expect(result).toMatch(/8 changed, .*usable ports .* % → .* %/s);
    expect(statSync(await picture('fixed')).size).toBeGreaterThan(20_000);
  });

  it('nothing is shown with an escape that a person should not see, and nothing is loaded from elsewhere', async () => {
    for (const said of await words()) expect(said).not.toMatch(/&(?:amp|lt|gt);|<[@!#]/);
    expect(elsewhere).toEqual([]);
  });

  it('the same thread can be read as text', async () => {
    const slack = slackClient(url, [], AbortSignal.timeout(10_000));
    const said = await slack.history('ops');
    if (!said.ok) throw new Error(said.fault.message);
    const text = renderThread(said.value.filter((message) => message.ephemeral_to === undefined));
    expect(text).toContain('approved by @bo · canary web-1 ✓ · 8 of 8');
    writeFileSync(join(DOCS_DIRECTORY ?? directory, 'thread.txt'), `${text}\n`);
    if (DOCS_DIRECTORY === undefined) return;
    const readme = join(DOCS_DIRECTORY, '..', 'README.md');
    const block = /(<!-- thread.*-->\n```\n)[\s\S]*?(```\n<!-- end of thread -->)/;
    writeFileSync(
      readme,
      readFileSync(readme, 'utf8').replace(block, (_, begin, end) => `${begin}${text}\n${end}`),
    );
  });
});
