// Turning a picture in space by hand: drags, the wheel, and keys change its camera, which outlives redraws.
import { spaceAt, turned } from '../space.js';

const STEP = 9;   // px of a drag that a press of an arrow key stands for

export class Turning {
  /** @param {object} host as of the Pointer: memory ({cameras}), scene() and redraw() */
  constructor(host) {
    this.host = host;
  }

  at({ x, y }) {
    return spaceAt(this.host.scene(), x, y);
  }

  put(space, camera) {
    const { memory } = this.host;
    memory.cameras = { ...memory.cameras, [space.id]: camera };
    this.host.redraw();
  }

  /** The gesture of a drag that begins on a space. */
  begin(space) {
    return { kind: 'turn', space: space.id, start: space.camera };
  }

  drag(g, p) {
    const space = this.host.scene().spaces.find((s) => s.id === g.space);
    if (space) this.put(space, turned({ ...g.start, zoom: space.camera.zoom }, p.x - g.from.x, p.y - g.from.y));
  }

  zoom(space, factor) {
    this.put(space, { ...space.camera, zoom: Math.min(8, Math.max(0.3, space.camera.zoom / factor)) });
  }

  /** Arrow keys turn the space, + and - bring it nearer and away; false for other keys. */
  key(space, e) {
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    const step = e.ctrlKey ? STEP / 5 : STEP;
    if (arrow) this.put(space, turned(space.camera, arrow[0] * step, arrow[1] * step));
    else if (e.key === '+' || e.key === '=') this.zoom(space, 0.8);
    else if (e.key === '-' || e.key === '_') this.zoom(space, 1.25);
    else return false;
    return true;
  }
}
