// One frame for many figures: axes and colour scales that take in all of them, so that nothing jumps on the way.

import { column } from '../figure/axes/axes.js';
import { compose } from '../figure/scene.js';

const nameOf = (axis) => `${axis.letter}axis${axis.id.slice(1)}`;

/** The ranges of a figure's axes as they would be drawn; null for a figure that makes no sense. */
function rangesOf(figure) {
  try {
    return compose(figure, { zoom: {}, auto: {} }).axes;
  } catch {
    return null;
  }
}

function unite(span, [from, to]) {
  if (!span) return { low: Math.min(from, to), high: Math.max(from, to), turned: from > to };
  span.low = Math.min(span.low, from, to);
  span.high = Math.max(span.high, from, to);
  return span;
}

function frame(figures) {
  const spans = new Map();
  const dropped = new Set();
  for (const figure of figures) {
    for (const axis of rangesOf(figure)?.values() || []) {
      const name = nameOf(axis);
      if (axis.type === 'category' || !axis.range.every(Number.isFinite)) dropped.add(name);
      else spans.set(name, unite(spans.get(name), axis.range));
    }
  }
  for (const name of dropped) spans.delete(name);
  return spans;
}

function extent(span, values) {
  let [low, high] = span || [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const row = column(values[i]);
    if (row) [low, high] = extent([low, high], row);
    else if (Number.isFinite(values[i]) && values[i] !== null) {
      if (values[i] < low) low = values[i];
      if (values[i] > high) high = values[i];
    }
  }
  return [low, high];
}

// What carries a colour scale of its own: [the holder of the limits, names of both limits, the numbers].
function shades(trace) {
  if (trace.type === 'heatmap' && column(trace.z) && !trace.coloraxis && trace.zmid === undefined) return [trace, 'zmin', 'zmax', trace.z];
  const { marker } = trace;
  if (!marker || marker.coloraxis || marker.cmid !== undefined || !column(marker.color)) return null;
  return typeof marker.color[0] === 'string' ? null : [marker, 'cmin', 'cmax', marker.color];
}

function shadeSpans(figures) {
  const spans = [];
  for (const figure of figures) {
    figure.data.forEach((trace, i) => {
      const found = shades(trace);
      if (!found || Number.isFinite(found[0][found[1]]) || Number.isFinite(found[0][found[2]])) return;
      spans[i] = extent(spans[i], found[3]);
    });
  }
  return spans;
}

/**
 * The same figures with common axis ranges and colour limits. Ranges of category axes are left alone.
 * @param {Array<{data: object[], layout: object}|null>} figures null for a model without a picture
 * @param {Set<number>} [aside] places of figures that have no say (a diverged model's)
 */
export function framed(figures, aside = new Set()) {
  const said = figures.filter((figure, i) => figure && !aside.has(i));
  const spans = frame(said);
  const colors = shadeSpans(said);
  return figures.map((figure, i) => {
    if (!figure || aside.has(i)) return figure;
    const layout = { ...figure.layout };
    for (const [name, { low, high, turned }] of spans) {
      layout[name] = { ...layout[name], autorange: false, range: turned ? [high, low] : [low, high] };
    }
    const data = figure.data.map((trace, k) => {
      const found = colors[k] && colors[k][1] > colors[k][0] && shades(trace);
      if (!found || Number.isFinite(found[0][found[1]])) return trace;
      const limits = { [found[1]]: colors[k][0], [found[2]]: colors[k][1] };
      return found[0] === trace ? { ...trace, ...limits } : { ...trace, marker: { ...trace.marker, ...limits } };
    });
    return { data, layout };
  });
}
