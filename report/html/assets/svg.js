// Making elements. Text is always set as text, never as markup.

const svgNamespace = 'http://www.w3.org/2000/svg';

function make(namespace, name, attributes, children) {
  const e = namespace ? document.createElementNS(namespace, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) e.setAttribute(key, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== '') e.append(child);
  }
  return e;
}

const el = (name, attributes = {}, ...children) => make(null, name, attributes, children);
const svg = (name, attributes = {}, ...children) => make(svgNamespace, name, attributes, children);

// stateClass names the style of a state's colour.
const stateClass = (state) => 'st st-' + state.toLowerCase().replace(/[^a-z0-9-]/g, '');

// unique gives a new id.
let ids = 0;
const unique = (prefix) => prefix + '-' + ++ids;
