// What listeners do in the browser, before they ask the server or in its place; Python names them, Gradio calls them
// with the values of the listener's inputs and takes what they return for these.
(() => {
  const later = (selector) => () => setTimeout(() => document.querySelector(selector)?.focus(), 50);

  window.streetclip = {
    ...window.streetclip,
    readPage: () => [document.body.classList.contains('dark') ? 'dark' : 'light', location.search],
    // The photo's file once more, from the page's own memory; see connection.js.
    withPhotoAgain: async (_photo, ...rest) => [await window.streetclip.sendAgain(), ...rest],
    // The value of a hidden box, which is another one each time that this part of the page can be seen.
    askedIfSeen: (part) => (asked) => (document.getElementById(part)?.checkVisibility() ? String(Date.now()) : asked),
    // The same while another model is chosen to be compared, wherever that can be seen.
    askedIfCompared: (asked) => (document.querySelector('#side-models input:checked') ? String(Date.now()) : asked),
    chosenRow: () => '', // until one is: see tree.js
    withRow: (...rest) => [...rest.slice(0, -1), window.streetclip.chosenRow()],
    nothing: () => '',
    nothings: () => ['', ''],
    withBrush: (model) => [model, window.streetclip.brush()], // see explain.js
    // With what the brush fills: a sweep does so too.
    withFill: (_fill, ...rest) => [document.querySelector('#why-looked [name=fill]')?.value ?? 'surroundings', ...rest],
    closedFold: () => [{__type__: 'update', open: false}, ''], // and nothing stands in it
    // Hands a file to export.js and empties the component that brought it.
    save(file) {
      document.dispatchEvent(new CustomEvent('streetclip-file', {detail: file}));
      return '';
    },
    // Saves a text at once, for what does not lie beside the export area.
    saveText(file) {
      if (!file) return '';
      const {name, type, text} = JSON.parse(file);
      const link = Object.assign(document.createElement('a'), {
        href: URL.createObjectURL(new Blob([text], {type})),
        download: name,
      });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      return '';
    },
    // The page's own address, below which phones find a class's room; and what this tab remembers of its room.
    withAddress: (...rest) => [...rest.slice(0, -1), location.origin + location.pathname],
    withRoom(_key, ...rest) {
      try {
        return [
          sessionStorage.getItem('streetclip-room') ?? '',
          ...rest.slice(0, -1),
          location.origin + location.pathname,
        ];
      } catch {
        return ['', ...rest]; // nothing may be kept here
      }
    },
    tellMap: (spot) => spot && document.dispatchEvent(new CustomEvent('lesson-pin', {detail: spot})),
    // What the focus was on is gone; the page is drawn anew a moment after a listener's answer.
    focusNext: later('#next-question'),
    focusQuestion: later('#lesson-question h2'),
  };
})();
