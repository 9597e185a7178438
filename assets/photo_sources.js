// In the page's head. The ways to a photo: whatever the server reads can be chosen, dropped and pasted, and the photo
// that is there stays until another one is.
(() => {
  // Where the system knows no type for a file, as Chromium on Linux for what phones save, its name tells it.
  // biome-ignore format: a table
  const TYPES = {
    heic: 'heic', heics: 'heic', heif: 'heif', heifs: 'heif', hif: 'heif', avif: 'avif', mpo: 'jpeg', jfif: 'jpeg',
    jpe: 'jpeg', jpg: 'jpeg', jpeg: 'jpeg', pjpeg: 'jpeg', pjp: 'jpeg', png: 'png', apng: 'png', webp: 'webp',
    gif: 'gif', bmp: 'bmp', dib: 'bmp', tif: 'tiff', tiff: 'tiff', ppm: 'x-portable-pixmap',
    pgm: 'x-portable-graymap', pbm: 'x-portable-bitmap', pnm: 'x-portable-anymap',
    // Not read, but told in a sentence what to do instead
    dng: 'x-adobe-dng', nef: 'x-nikon-nef', cr2: 'x-canon-cr2', cr3: 'x-canon-cr3', arw: 'x-sony-arw',
    raf: 'x-fuji-raf', orf: 'x-olympus-orf', rw2: 'x-panasonic-rw2', jxl: 'jxl', jp2: 'jp2',
  };
  const ACCEPT = ['image/*', ...Object.keys(TYPES).map((ending) => `.${ending}`)].join(',');
  const own = Object.getOwnPropertyDescriptor(Blob.prototype, 'type');
  Object.defineProperty(File.prototype, 'type', {
    configurable: true,
    get() {
      const said = own.get.call(this);
      const known = TYPES[/\.(\w+)$/.exec(this.name)?.[1].toLowerCase()];
      return said || (known ? `image/${known}` : '');
    },
  });

  const box = () => document.querySelector('#photo');
  const input = () => document.querySelector('#photo input[type=file]');
  const isShown = () => box()?.querySelector('img') != null;
  let mayOpen = false; // the camera, for this click
  const called = (button) => button?.dataset.gradio ?? button?.getAttribute('aria-label'); // see gradio_words.js
  const isPicture = ({type}) => type.startsWith('image/');

  function say(which) {
    const note = document.querySelector('#photo-note p');
    if (note) note.textContent = which ? note.dataset[which] : '';
  }

  // Where a file is not sent at all: why
  function refusal(file) {
    const most = Number(document.querySelector('#photo-note p')?.dataset.mostBytes ?? Infinity);
    if (!isPicture(file)) return 'other';
    return file.size > most ? 'large' : null;
  }

  // As if the file had been chosen
  function take(file) {
    say('');
    const files = new DataTransfer();
    files.items.add(file);
    input().files = files.files;
    input().dispatchEvent(new Event('change'));
  }

  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  function choose() {
    say('');
    input().value = '';
    input().click();
  }

  async function paste() {
    let items;
    try {
      items = await navigator.clipboard.read();
    } catch {
      return say('denied');
    }
    for (const item of items) {
      const type = item.types.find((type) => type.startsWith('image/'));
      if (type) return take(new File([await item.getType(type)], `photo.${type.slice(6)}`, {type}));
    }
    say('nothing');
  }

  // Gradio takes the photo away for the camera, so it has to be one that may be used.
  async function openCamera(button) {
    say('');
    try {
      const seen = await navigator.mediaDevices.getUserMedia({video: true});
      for (const track of seen.getTracks()) track.stop();
    } catch {
      return say('camera');
    }
    mayOpen = true;
    button.click();
    mayOpen = false;
  }

  // Before Gradio, which would empty the box
  document.addEventListener(
    'change',
    (event) => {
      if (!event.target.matches?.('#photo input[type=file]') || !event.target.files.length) return;
      const why = refusal(event.target.files[0]);
      say(why ?? '');
      if (why) stop(event);
    },
    true,
  );

  document.addEventListener(
    'click',
    (event) => {
      if (event.target.matches?.('#photo input[type=file]')) event.target.accept = ACCEPT;
      const button = event.target.closest?.('#photo .source-selection button');
      if (called(button) === 'Paste from clipboard') {
        stop(event);
        paste();
      } else if (called(button) === 'Capture from camera' && !mayOpen) {
        stop(event);
        openCamera(button);
      } else if (called(button) === 'Upload file') {
        if (isShown()) stop(event); // else Gradio first leaves the camera
        choose();
      }
    },
    true,
  );

  document.addEventListener(
    'drop',
    (event) => {
      if (!input() || !event.target.closest?.('#photo')) return;
      const file = event.dataTransfer?.files[0];
      event.target.dispatchEvent(new DragEvent('dragleave', {bubbles: true})); // Gradio then draws no frame any more
      stop(event);
      if (file) take(file);
      else say('other');
    },
    true,
  );

  document.addEventListener('paste', (event) => {
    if (!input() || !box().checkVisibility()) return;
    const file = [...(event.clipboardData?.files ?? [])].find(isPicture);
    if (file) {
      event.preventDefault();
      take(file);
    } else if (!event.target.closest?.('input, textarea, [contenteditable]')) {
      say('nothing');
    }
  });
})();
