/**
 * Opens pages in a browser and prints the result of the promise `globalThis.report` of each. It runs on Node with
 * Puppeteer, which speaks WebDriver BiDi with the Firefox that distributions ship.
 *
 *     node drive_browser.ts PUPPETEER '{"kind": …, "executable": …, "args": …, "preferences": …}' ADDRESS…
 *
 * @module
 */
import process from "node:process";

interface Page {
  goto(address: string): Promise<unknown>;
  on(event: string, listener: (error: Error) => void): void;
  waitForFunction(condition: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

const [puppeteer, browser, ...addresses] = process.argv.slice(2);
const { default: { launch } } = await import(puppeteer);
const { kind, executable, args, preferences } = JSON.parse(browser);
const running: Browser = await launch({
  browser: kind,
  executablePath: executable,
  args,
  extraPrefsFirefox: preferences,
  headless: true,
});
try {
  const reports: unknown[] = [];
  for (const address of addresses) {
    const page = await running.newPage();
    page.on("pageerror", (error) => console.error(`${address}: ${error.message}`));
    await page.goto(address);
    await page.waitForFunction("globalThis.report !== undefined");
    reports.push(JSON.parse(await page.evaluate("report.then(JSON.stringify)") as string));
    await page.close();
  }
  console.log(JSON.stringify(reports));
} finally {
  await running.close();
}
