() => {
  // Ctrl+Enter (or Cmd+Enter) in the labels or templates locates again, as the button does.
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    if (!event.target.closest('#outline, #templates')) return;
    event.preventDefault();
    document.querySelector('#update')?.click();
  });

  // A file's name can say who and where: uploads leave this browser under a name of their own.
  const append = FormData.prototype.append;
  FormData.prototype.append = function (field, value, ...rest) {
    if (field !== 'files' || !(value instanceof File)) return append.call(this, field, value, ...rest);
    const name = 'photo-' + Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16)).join('');
    return append.call(this, field, value, name);
  };
}
