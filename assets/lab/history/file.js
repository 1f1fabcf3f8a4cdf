// The page of one file: everything it shows lies in it.

import { HistoryPage } from './page.js';
import { Packed } from './packed.js';

const parsed = (id) => JSON.parse(document.getElementById(id).textContent);
const pictures = parsed('pictures');
globalThis.historyPage = new HistoryPage(parsed('page'), (number, view) => new Packed(pictures[number].map((arm) => arm[view])));
