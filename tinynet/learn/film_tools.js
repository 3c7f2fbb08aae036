"use strict";
// What the film draws with: texts with numbers, unpacked numbers, elements, colours.
const fill = (text, values) =>
  text.replace(/\{(\w+)(?::(.*?)\|(.*?))?\}/g, (_, name, one, more) =>
    one === undefined ? values[name] : (values[name] === 1 ? one : more).replace("#", values[name]));
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const floats = (text) => new Float32Array(bytes(text).buffer);
const number = (v) => (v === 0 || (Math.abs(v) >= 1e-4 && Math.abs(v) < 1e6) ? String(+v.toPrecision(4)) : v.toExponential(3));

// The colours of curves and classes. Of two classes, the second is the positive one.
const PALETTE = ["31,111,235", "217,83,25", "26,127,55", "138,36,120", "150,110,0", "0,128,128", "90,90,90", "200,40,90"];
const ofClass = (label, classes) => (classes === 2 ? PALETTE[1 - label] : PALETTE[label % PALETTE.length]);

const make = (tag, parent, text, attributes) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  if (parent) parent.append(element);
  return element;
};

const tones = () => {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return { positive: of("--tone-p"), negative: of("--tone-m"), back: of("--back"), text: of("--text"), line: of("--line") };
};

const paint = (canvas, values, top, colours) => {
  const pen = canvas.getContext("2d"), width = canvas.width;
  pen.clearRect(0, 0, width, canvas.height);
  values.forEach((v, i) => {
    const share = top ? Math.min(1, Math.abs(v) / top) : 0;
    pen.fillStyle = Number.isNaN(v) ? colours.text : `rgba(${v >= 0 ? colours.positive : colours.negative},${share.toFixed(3)})`;
    pen.fillRect(i % width, Math.floor(i / width), 1, 1);
  });
};
