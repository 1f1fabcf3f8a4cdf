// Above the fold: the first picture is as high as the window leaves once everything above it, and a bar below it, has its room.

const HEAD = 36; // pixels: a picture's title line
const MARGIN = 12;
const find = (selector) => document.querySelector(selector);

/** Keeps `--chrome`, by which pictures of the first row are lower than the window (pages/kit/ui/topic/pictures.py). */
export class Fold {
  constructor() {
    this.size = new ResizeObserver(() => this.measure());
    const page = find('[data-testid="stMainBlockContainer"]');
    if (page) this.size.observe(page);
    this.again = () => this.measure();
    window.addEventListener('resize', this.again);
    this.measure();
  }

  measure() {
    const stage = find('[class*="st-key-stage"]');
    if (!stage) return;
    const scrolled = find('[data-testid="stMain"]')?.scrollTop ?? 0;
    const above = stage.getBoundingClientRect().top + scrolled;
    const bar = find('.st-key-player');
    const foot = find('.st-key-foot');
    const fixed = bar && getComputedStyle(bar).position === 'fixed';
    const below = fixed ? innerHeight - bar.getBoundingClientRect().top : foot ? foot.offsetHeight + MARGIN : 0;
    const chrome = `${Math.round(above + HEAD + below + MARGIN)}px`;
    const { style } = document.documentElement;
    if (style.getPropertyValue('--chrome') !== chrome) style.setProperty('--chrome', chrome);
  }

  destroy() {
    this.size.disconnect();
    window.removeEventListener('resize', this.again);
  }
}
