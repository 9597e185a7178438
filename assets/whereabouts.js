// The open tab and the step stand in the address: a reload, Back and Forward, and a copied address show them again.
(() => {
  const FIRST = 'locate';
  const STEPS = 'steps';
  const openTab = () => document.querySelector('#tabs [role="tab"][aria-selected="true"]')?.dataset.tabId;
  const inAddress = (name) => new URLSearchParams(location.search).get(name) ?? '';
  const viewInAddress = () => inAddress('view').trim().toLowerCase() || FIRST;

  // From 0
  function stepInAddress() {
    const step = Number(inAddress('step'));
    return Number.isInteger(step) && step > 0 ? step - 1 : 0;
  }

  function tellAddress() {
    const view = openTab()?.replace(/-tab$/, '');
    if (!view) return;
    const said = new URLSearchParams(location.search);
    const put = (name, value) => (value ? said.set(name, value) : said.delete(name));
    const step = document.querySelector('#steps .dots [aria-current]')?.dataset.step ?? stepInAddress();
    put('view', view === FIRST ? '' : view);
    put('step', view === STEPS && Number(step) ? Number(step) + 1 : '');
    const address = `${location.pathname}${String(said) && `?${said}`}${location.hash}`;
    // In slides the history is that of the slides, and a step is no place to go back to.
    const isNew = view !== viewInAddress() && !document.documentElement.classList.contains('embed');
    history[isNew ? 'pushState' : 'replaceState'](history.state, '', address);
  }

  function followAddress() {
    const tab = document.querySelector(`#tabs [role="tab"][data-tab-id="${CSS.escape(viewInAddress())}-tab"]`);
    document.dispatchEvent(new CustomEvent('streetclip-step', {detail: stepInAddress()}));
    if (tab?.getAttribute('aria-selected') === 'false') tab.click();
  }

  window.streetclip = {...window.streetclip, stepInAddress, tellAddress};
  addEventListener('popstate', followAddress);
  // Of a click, of the arrow keys, and of the page itself
  new MutationObserver((changes) => {
    const isTold = ({target, oldValue}) =>
      target.matches('#tabs [role="tab"]') && oldValue !== target.getAttribute('aria-selected');
    if (changes.some(isTold)) tellAddress();
  }).observe(document.documentElement, {
    subtree: true,
    attributeFilter: ['aria-selected'],
    attributeOldValue: true,
  });
})();
