// The way through a sweep's trained models: one frame for all of them, and between two of them their pictures blended.

import { alike, between, still } from '../sweep/blend.js';
import { framed } from '../sweep/ranges.js';

const REMEMBERED = 8; // steps at which all models' pictures are kept

/** The place of the step that is nearest. @param {number[]} steps in ascending order */
export function nearest(steps, step) {
  let best = 0;
  steps.forEach((other, i) => { if (Math.abs(other - step) < Math.abs(steps[best] - step)) best = i; });
  return best;
}

/** A view's pictures of a sweep, of any place among its models. */
export class Glide {
  /**
   * @param {{figure: (arm: number, place: number, theme: string) => Promise<?Object>}} pictures of the trained models
   * @param {{steps: number[]}[]} arms
   */
  constructor(pictures, arms) {
    Object.assign(this, { pictures, arms, kept: new Map() });
  }

  /** @param {number} at a model's number, or something between two @param {number} place of the nearer model's step */
  async figure(at, place, theme) {
    const near = Math.round(at);
    const step = this.arms[near].steps[place];
    const set = await this.at(step, theme);
    const k = Math.floor(at);
    if (at === k) return set.figures[k];
    const [one, two] = [set.figures[k], set.figures[k + 1]];
    if (!one || !two || !alike(one, two)) return set.figures[near];
    return (set.ways[k] ??= between(one, two))?.(at - k) ?? set.figures[near];
  }

  /** All models' pictures at a step, and the ways between neighbours that were gone. */
  at(step, theme) {
    const key = `${step} ${theme}`;
    if (!this.kept.has(key)) this.kept.set(key, this.all(step, theme));
    if (this.kept.size > REMEMBERED) this.kept.delete(this.kept.keys().next().value);
    return this.kept.get(key);
  }

  async all(step, theme) {
    const found = await Promise.all(this.arms.map(({ steps }, arm) => this.pictures.figure(arm, nearest(steps, step), theme)));
    return { figures: framed(found.map((figure) => (figure ? still(figure) : null))), ways: [] };
  }
}
