// What this tab remembers of its reader's guesses when the page is loaded again; the run behind the page is then a new one.

/** A value of this tab under a name and a topic; `make` turns what was kept (or nothing) into what is used. */
const under = (name, make) => ({
  read(topic) {
    try {
      return make(JSON.parse(sessionStorage.getItem(`latent-lab:${name}:${topic}`)));
    } catch {
      return make(null); // no storage in this browser, or not ours
    }
  },
  write(topic, value) {
    try {
      sessionStorage.setItem(`latent-lab:${name}:${topic}`, JSON.stringify(value instanceof Set ? [...value] : value));
    } catch { /* then it lasts as long as the run */ }
  },
});

/** The guesses that were made, by name. */
export const kept = under('guess', (value) => value || {});

/** The questions whose pictures the reader would rather see than guess. */
export const seen = under('seen', (value) => new Set(value || []));

/** The name under which a student's guesses go to the class; the same in all topics. */
export const signed = under('signed', (value) => (typeof value === 'string' ? value : ''));
