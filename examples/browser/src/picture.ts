/** Makes the picture to share: what the page shows at this moment, as a PNG. */

import { svg } from "./svg.ts";
import { TREE_SIZE } from "./tree.ts";

/** The size of previews of links, on screens with three pixels for every two. */
const SIZE = { width: 1200, height: 630 };
const SCALE = 1.5;
const MARGIN = 48;
/** Letters in a line of the sentences. */
const LINE = 92;

/** The properties that the style sheet sets on drawings. */
const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity"];
const TEXT_STYLES = ["font-family", "font-size", "font-weight", "text-anchor", "letter-spacing"];

/** What the picture shows. */
export interface PictureContents {
  readonly headline: string;
  readonly sentence: string;
  /** The settings and the step, in small letters. */
  readonly footing: string;
  readonly drawings: readonly { readonly title: string; readonly element: SVGSVGElement }[];
}

/** Returns the picture as a PNG, in the colours of the page. */
export async function makePicture(contents: PictureContents): Promise<Blob> {
  const source = new XMLSerializer().serializeToString(compose(contents));
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(source)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = SIZE.width * SCALE;
  canvas.height = SIZE.height * SCALE;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return await new Promise((resolve, reject) => {
    canvas.toBlob((blob) =>
      blob ? resolve(blob) : reject(new Error("the browser made no picture"))
    );
  });
}

/** Composes the picture as SVG that needs no style sheet. */
function compose({ headline, sentence, footing, drawings }: PictureContents): SVGSVGElement {
  const { width, height } = SIZE;
  const page = getComputedStyle(document.documentElement);
  const colour = (name: string) => page.getPropertyValue(name).trim();
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  picture.style.fontFamily = getComputedStyle(document.body).fontFamily;
  picture.append(svg("rect", { width, height, fill: colour("--page") }));
  const write = (text: string, x: number, y: number, size: number, fill: string, weight = 400) =>
    picture.append(
      svg("text", { x, y, fill: colour(fill), "font-size": size, "font-weight": weight }, text),
    );
  let y = 32;
  for (const line of lines(headline, LINE * 0.82)) write(line, MARGIN, y += 36, 27, "--text", 650);
  for (const line of lines(sentence, LINE * 1.05)) write(line, MARGIN, y += 32, 21, "--quiet");
  const across = (width - 3 * MARGIN) / 2;
  drawings.forEach(({ title, element }, i) => {
    const x = MARGIN + i * (across + MARGIN);
    const top = 236;
    write(title, x, top, 24, `--${title.toLowerCase()}`, 650);
    const drawing = withStyles(element);
    const drawn = across * TREE_SIZE.height / TREE_SIZE.width;
    const box = { x, y: top + 18, width: across, height: drawn };
    for (const [name, value] of Object.entries(box)) drawing.setAttribute(name, `${value}`);
    picture.append(drawing);
  });
  write(footing, MARGIN, height - 32, 18, "--quiet");
  return picture;
}

/** Returns a copy of a drawing that carries the styles which the page gives it. */
function withStyles(drawing: SVGSVGElement): SVGSVGElement {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const copies = [...copy.querySelectorAll<SVGElement>("*")];
  [...drawing.querySelectorAll<SVGElement>("*")].forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of element.tagName === "text" ? [...STYLES, ...TEXT_STYLES] : STYLES) {
      copies[i].style.setProperty(name, style.getPropertyValue(name));
    }
  });
  return copy;
}

/** Breaks a text into lines of at most so many letters. */
function lines(text: string, letters: number): string[] {
  const result: string[] = [];
  for (const word of text.split(" ")) {
    const longer = result.length ? `${result.at(-1)} ${word}` : word;
    if (result.length && longer.length <= letters) result[result.length - 1] = longer;
    else result.push(word);
  }
  return result;
}
