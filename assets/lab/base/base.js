// Where the app's root is: Streamlit's page would otherwise look for it beside each page first, and fail twice.
// A plain script, so that it has run before Streamlit's modules begin. It stands two folders below the root.
window.__streamlit = { BACKEND_BASE_URL: new URL('../..', document.currentScript.src).href };
