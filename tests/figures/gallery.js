// The gallery's page: draws each sample wide and narrow, in the theme and language that are chosen above.

import { Figure, decode, resolve } from '../../assets/lab/figure/figure.js';
import { boxesOf } from '../../assets/lab/figure/boxes.js';
import { toSvg } from '../../assets/lab/figure/svg.js';

const samples = JSON.parse(document.getElementById('samples').textContent);
const grounds = { light: '#ffffff', dark: '#14171d' };
const state = { theme: 'light', language: 'en' };
const shown = new Map();   // element -> {figure, sample}

const picture = (sample) => opened(sample.pictures[`${state.theme}-${state.language}`]);

function opened(packed) {
  const { header, arrays } = decode(Uint8Array.from(atob(packed), (c) => c.charCodeAt(0)));
  return resolve(header.figures.one, arrays);
}

function draw(element) {
  const one = shown.get(element);
  const theme = { dark: state.theme === 'dark', background: grounds[state.theme], text: state.theme === 'dark' ? '#e8eaed' : '#1f2430' };
  one.figure ||= new Figure(element, { onPointer: (message) => gallery.told.push({ sample: one.sample.name, ...message }) });
  one.figure.update(picture(one.sample), { theme });
}

const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting && !shown.get(target).figure) draw(target);
}, { rootMargin: '300px' });

function choose(part) {
  Object.assign(state, part);
  document.body.dataset.theme = state.theme;
  document.documentElement.lang = state.language;
  for (const [element, { figure }] of shown) if (figure) draw(element);
}

const rest = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));

/** Draw every sample at a width and tell what is wrong with it: name -> faults. */
function check(width, theme, language) {
  Object.assign(state, { theme, language });
  return inspect(samples.map((sample) => ({ name: sample.name, width, height: sample.height, spec: picture(sample) })), theme);
}

/** Draw views of the labs (name -> packed picture) at a size and tell what is wrong with each. */
function look(views, width, height, theme) {
  return inspect(Object.entries(views).map(([name, packed]) => ({ name, width, height, spec: opened(packed) })), theme);
}

/** Put one view into the page, for a person (or a screenshot) to look at. */
function show(packed, width, height, theme) {
  const box = document.getElementById('shown') || Object.assign(document.createElement('div'), { id: 'shown' });
  Object.assign(box.style, { position: 'fixed', left: '0', top: '0', zIndex: 99, background: grounds[theme], width: `${width}px`, height: `${height}px` });
  document.body.append(box);
  box.replaceChildren();
  new Figure(box).update(opened(packed), { theme });
}

/** All pictures are drawn before one rest: a browser paints sixty times a second, and one paint is enough for all. */
async function inspect(pictures, theme) {
  const figures = pictures.map(({ width, height, spec }) => {
    const box = document.createElement('div');
    Object.assign(box.style, { position: 'fixed', left: '0', top: '0', width: `${width}px`, height: `${height}px` });
    document.body.append(box);
    const figure = new Figure(box);
    figure.update(spec, { theme });
    return { figure, box };
  });
  await rest();
  const faults = {};
  figures.forEach(({ figure, box }, place) => {
    const found = boxesOf(figure);
    const told = found ? found.faults : ['nothing was drawn'];
    if (found && !toSvg(figure)) told.push('no SVG');
    if (told.length) faults[pictures[place].name] = told;
    figure.destroy();
    box.remove();
  });
  return faults;
}

const bar = document.createElement('nav');
for (const [name, part] of [['light', { theme: 'light' }], ['dark', { theme: 'dark' }], ['English', { language: 'en' }], ['中文', { language: 'zh' }]]) {
  const button = Object.assign(document.createElement('button'), { textContent: name, onclick: () => choose(part) });
  bar.append(button);
}
document.body.append(bar);
for (const sample of samples) {
  const section = document.createElement('section');
  section.id = sample.name;
  const title = Object.assign(document.createElement('h2'), { textContent: `${sample.name}: ${sample.about}` });
  const row = Object.assign(document.createElement('div'), { className: 'row' });
  for (const size of ['wide', 'narrow']) {
    const element = Object.assign(document.createElement('div'), { className: size });
    element.style.height = `${sample.height}px`;
    shown.set(element, { sample, figure: null });
    row.append(element);
    sight.observe(element);
  }
  section.append(title, row);
  document.body.append(section);
}
const asked = new URLSearchParams(location.hash.slice(1));
choose({ theme: asked.get('theme') === 'dark' ? 'dark' : 'light', language: asked.get('lang') === 'zh' ? 'zh' : 'en' });
window.gallery = {
  samples, check, look, show, choose, told: [],
  figure: (name, size = 'wide') => shown.get(document.querySelector(`#${name} .${size}`)).figure,
};
