// Before anything is drawn: what the address says of the look. The rest of it is read by page/frame/address.py.
(() => {
  const said = new URLSearchParams(location.search);
  const is = (name) => ['1', 'true', 'yes'].includes((said.get(name) ?? '').toLowerCase());
  const root = document.documentElement;
  root.classList.toggle('embed', is('embed'));
  root.classList.toggle('locked', is('locked'));
  root.classList.toggle('why', Boolean(said.get('why')));

  const theme = (said.get('theme') ?? '').toLowerCase();
  if (!['light', 'dark'].includes(theme)) return;
  document.body.classList.toggle('dark', theme === 'dark');
  if (said.get('__theme') === theme) return;
  said.set('__theme', theme); // Gradio's own name for it: it may yet look
  history.replaceState(history.state, '', `?${said}${location.hash}`);
})();
