// In the head of each page, before it is painted: its theme.

import { themeNow } from './theme.js';

document.documentElement.dataset.theme = themeNow();
