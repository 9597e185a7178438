// In the page's head. Gradio names some of its buttons in English, whatever the page's language: here they get our names.
// What they were called stays in `data-gradio`, for scripts that look for them.
(() => {
  const NAMES = ['aria-label', 'title'];
  let ours = new Map(); // English -> the reader's

  function read() {
    const terms = [...document.querySelectorAll('#unexpected dt')];
    if (terms.length) ours = new Map(terms.map((term) => [term.textContent, term.nextElementSibling.textContent]));
    return terms.length > 0;
  }

  function rename(element) {
    for (const name of NAMES) {
      const english = element.getAttribute(name);
      const own = ours.get(english);
      if (!own || own === english) continue;
      element.dataset.gradio = english;
      element.setAttribute(name, own);
    }
  }

  const within = (node) => [node, ...node.querySelectorAll('[aria-label], [title]')];

  function look(changes) {
    if (!ours.size && !read()) return;
    const isNew = changes.some(({target}) => target.closest?.('#unexpected'));
    if (isNew) read();
    for (const {type, target, addedNodes} of changes) {
      if (type === 'attributes') rename(target);
      else for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) within(node).forEach(rename);
    }
    if (isNew) within(document.body).forEach(rename);
  }

  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: NAMES,
  });
})();
