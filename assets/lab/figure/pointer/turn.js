// Turning a picture in space by hand: drags, the wheel, and keys change its camera, which outlives redraws.
import { cameraOf, spaceAt, turned } from '../space.js';

const STEP = 9;   // px of a drag that a press of an arrow key stands for

export class Turning {
  /** @param {object} host as of the Pointer: memory ({cameras}), scene() and redraw() */
  constructor(host) {
    this.host = host;
  }

  at({ x, y }) {
    return spaceAt(this.host.scene(), x, y);
  }

  /** Where its camera stands now: two moves may come between two redraws. */
  camera(space) {
    return cameraOf(space, this.host.memory);
  }

  put(space, camera) {
    const { memory } = this.host;
    memory.cameras = { ...memory.cameras, [space.id]: camera };
    this.host.redraw();
  }

  /** The gesture of a drag that begins on a space. */
  begin(space) {
    return { kind: 'turn', space: space.id, start: this.camera(space) };
  }

  drag(g, p) {
    const space = this.host.scene().spaces.find((s) => s.id === g.space);
    if (space) this.put(space, turned({ ...g.start, zoom: this.camera(space).zoom }, p.x - g.from.x, p.y - g.from.y));
  }

  zoom(space, factor) {
    const camera = this.camera(space);
    this.put(space, { ...camera, zoom: Math.min(8, Math.max(0.3, camera.zoom / factor)) });
  }

  /** Arrow keys turn the space, + and - bring it nearer and away; false for other keys. */
  key(space, e) {
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    const step = e.ctrlKey ? STEP / 5 : STEP;
    if (arrow) this.put(space, turned(this.camera(space), arrow[0] * step, arrow[1] * step));
    else if (e.key === '+' || e.key === '=') this.zoom(space, 0.8);
    else if (e.key === '-' || e.key === '_') this.zoom(space, 1.25);
    else return false;
    return true;
  }
}
