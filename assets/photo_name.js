// In the page's head, so that it is there before the first photo is.
(() => {
  // A file's name can say who and where: only its extension leaves this browser. The server deletes an upload as
  // soon as it has read it, so the picture that Gradio then asks it for is taken from here instead.
  const own = Object.getOwnPropertyDescriptor(File.prototype, 'name');
  Object.defineProperty(File.prototype, 'name', {
    ...own,
    get() {
      return 'photo' + (/\.\w{1,8}$/.exec(own.get.call(this)) ?? '');
    },
  });
  const here = new Map(); // name of an upload -> URL of the file in this browser
  const append = FormData.prototype.append;
  FormData.prototype.append = function (field, value, ...rest) {
    if (field !== 'files' || !(value instanceof File)) return append.call(this, field, value, ...rest);
    const name = 'photo-' + Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16)).join('');
    here.set(name, URL.createObjectURL(value));
    return append.call(this, field, value, name);
  };
  const local = (url) => here.get(String(url).split('/').pop()) ?? url;
  const source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src');
  Object.defineProperty(HTMLImageElement.prototype, 'src', {
    ...source,
    set(url) {
      source.set.call(this, local(url));
    },
  });
  HTMLImageElement.prototype.setAttribute = function (name, value) {
    Element.prototype.setAttribute.call(this, name, name === 'src' ? local(value) : value);
  };
})();
